package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestArrange(t *testing.T) {
	tests := []struct{ args, want string }{
		{"qasleaks", "qasleaks"},
		{"qasleaks --version", "qasleaks --version"},
		{"qasleaks scan", "qasleaks scan --"},
		{"qasleaks scan . --format sarif", "qasleaks scan --format=sarif -- ."},
		{"qasleaks scan a --quiet b --format=json c", "qasleaks scan --quiet --format=json -- a b c"},
		{"qasleaks scan - --output out", "qasleaks scan --output=out -- -"},
		{"qasleaks scan --quiet -- --format -x", "qasleaks scan --quiet -- --format -x"},
		{"qasleaks scan --rule a . --rule b", "qasleaks scan --rule=a --rule=b -- ."},
		{"qasleaks scan . --quiet -h", "qasleaks scan -h"},
		{"qasleaks scan --output=-x", "qasleaks scan --output=-x --"},
		{"qasleaks help scan", "qasleaks help -- scan"},
	}
	for _, tt := range tests {
		got, err := arrange(new(session).app(), strings.Fields(tt.args))
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %q, %v; want %s", tt.args, got, err, tt.want)
		}
	}
}

func TestArrangeKeepsItsInput(t *testing.T) {
	args := strings.Fields("qasleaks scan a --quiet b")
	before := slices.Clone(args)
	if _, err := arrange(new(session).app(), args); err != nil || !slices.Equal(args, before) {
		t.Errorf("args are now %q, %v", args, err)
	}
}

// FuzzArrange checks that no command line makes it panic, and that what follows
// "--" is never taken for a flag.
func FuzzArrange(f *testing.F) {
	f.Add("scan . --format sarif")
	f.Add("--format json scan")
	f.Add("scan --output")
	f.Fuzz(func(t *testing.T, line string) {
		args := append([]string{"qasleaks", "scan"}, strings.Fields(line)...)
		args = append(args, "--", "--quiet")
		got, err := arrange(new(session).app(), args)
		help := len(got) == 3 && isFlag(got[2], []cli.Flag{cli.HelpFlag})
		if err == nil && !help && got[len(got)-1] != "--quiet" {
			t.Errorf("%q: got %q", args, got)
		}
	})
}
