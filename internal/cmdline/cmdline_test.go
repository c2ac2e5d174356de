package cmdline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// words is a flag.Value.
type words []string

func (w *words) Set(word string) error {
	if word == "bad" {
		return fmt.Errorf("no")
	}
	*w = append(*w, word)
	return nil
}

func (w *words) String() string { return "" }

func program() *Program {
	return &Program{
		Flags: []*Flag{{Name: "version"}, Help},
		Commands: []*Command{{
			Name: "scan",
			Flags: []*Flag{
				{Name: "quiet"},
				{Name: "null", Aliases: []string{"0"}},
				{Name: "config", Value: "preset"},
				{Name: "jobs", Value: 4},
				{Name: "age", Value: time.Hour},
				{Name: "rule", Value: []string{"all"}},
				{Name: "format", Value: new(words)},
			},
		}, {Name: "demo"}},
	}
}

// show returns the flags and arguments of a command line.
func show(line string) string {
	c, err := program().Parse(strings.Fields(line))
	if err != nil {
		return fmt.Sprintf("%v; %s", err, hint.Of(err))
	}
	command := ""
	if c.Command != nil {
		command = c.Command.Name
	}
	var given []string
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		value := c.values[name]
		if w, ok := value.(*words); ok {
			value = *w
		}
		given = append(given, fmt.Sprintf("%s=%v", name, value))
	}
	return strings.Join(slices.DeleteFunc([]string{command, strings.Join(given, " "), strings.Join(c.Args(), "+")}, func(s string) bool { return s == "" }), " | ")
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"", ""},
		{"--version", "version=true"},
		{"-h", "help=true"},
		{"--help scan --no", "help=true"},
		{"scan", "scan"},
		{"scan . --config f", "scan | config=f | ."},
		{"scan a --quiet b --config=f c -0", "scan | config=f null=true quiet=true | a+b+c"},
		{"scan - --config -", "scan | config=- | -"},
		{"scan --quiet -- --config -x --", "scan | quiet=true | --config+-x+--"},
		{"scan --rule a . --rule b,c", "scan | rule=[a b c] | ."},
		{"scan --format a --format b", "scan | format=[a b]"},
		{"scan --config=-x", "scan | config=-x"},
		{"scan --config=a=b", "scan | config=a=b"},
		{"scan --quiet --quiet", "scan | quiet=true"},
		{"scan --jobs 0x10 --age 90m", "scan | age=1h30m0s jobs=16"},
		{"scan . --quiet -h --no", "scan | help=true quiet=true | ."},

		{"scn", `unknown command "scn"; did you mean "qasleaks scan"?`},
		{"cmdline.go", `unknown command "cmdline.go"; to scan it, run "qasleaks scan cmdline.go"`},
		{"nothing-like-it", `unknown command "nothing-like-it"; see "qasleaks --help"`},
		{"--config=f scan", `flag --config before the command; write "qasleaks scan --config …"`},
		{"--no", `unknown flag --no; see "qasleaks --help"`},
		{"-", `unknown flag -; see "qasleaks --help"`},
		{"scan --confg=x", "unknown flag --confg; did you mean --config?"},
		{"scan -x", `unknown flag -x; see "qasleaks scan --help"`},
		{"scan -config x", "unknown flag -config; did you mean --config?"},
		{"scan --config", `flag --config needs a value; see "qasleaks scan --help"`},
		{"scan --config=", `flag --config needs a value; see "qasleaks scan --help"`},
		{"scan --config --quiet", `flag --config needs a value; see "qasleaks scan --help"`},
		{"scan --config a --config a", "flag --config is repeated; remove one of them"},
		{"scan --quiet=true", "flag --quiet takes no value; write only --quiet"},
		{"scan --jobs x", `invalid value "x" for --jobs; see "qasleaks scan --help"`},
		{"scan --jobs 9999999999999999999", `invalid value "9999999999999999999" for --jobs: value out of range; see "qasleaks scan --help"`},
		{"scan --age 1", `invalid value "1" for --age; see "qasleaks scan --help"`},
		{"scan --format bad", `invalid value "bad" for --format; see "qasleaks scan --help"`},
	} {
		if got := show(test.line); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.line, got, test.want)
		}
	}
}

func TestValues(t *testing.T) {
	c, err := program().Parse(strings.Fields("scan a --rule x --age 1s -0 b"))
	if err != nil {
		t.Fatal(err)
	}
	if c.String("config") != "preset" || c.Int("jobs") != 4 || c.Duration("age") != time.Second || c.Bool("quiet") || !c.Bool("null") {
		t.Errorf("got %v", c.values)
	}
	if got := c.StringSlice("rule"); !slices.Equal(got, []string{"x"}) {
		t.Errorf("rule is %q", got)
	}
	if c.Bool("no") || c.String("no") != "" || c.String("jobs") != "" || c.IsSet("config") || !c.IsSet("age") {
		t.Error("a flag that is missing has a value")
	}
	if got := c.Given(); !slices.Equal(got, []string{"null", "age", "rule"}) {
		t.Errorf("given are %q", got)
	}
	if a := c.Args(); a.First() != "a" || a.Get(1) != "b" || a.Get(2) != "" || !slices.Equal(a.Tail(), []string{"b"}) {
		t.Errorf("the arguments are %q", a)
	}
	if c, err := program().Parse([]string{"scan", "--rule", " x, y"}); err != nil || !slices.Equal(c.StringSlice("rule"), []string{"x", "y"}) {
		t.Errorf("rule is %q, %v", c.StringSlice("rule"), err)
	}
	if none := (Args{}); none.First() != "" || len(none.Tail()) != 0 {
		t.Error("no arguments are some")
	}
}

func TestDefault(t *testing.T) {
	for _, test := range []struct {
		flag Flag
		want string
	}{
		{Flag{Value: ""}, ""},
		{Flag{Value: "a"}, "a"},
		{Flag{Value: 4}, "4"},
		{Flag{Value: time.Hour}, "1h0m0s"},
		{Flag{Value: new(words)}, ""},
		{Flag{Value: 0, DefaultText: "one per core"}, "one per core"},
	} {
		if got := test.flag.Default(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

// FuzzParse checks that no command line makes it panic, that its input stays as it was, and
// that what follows "--" is never taken for a flag.
func FuzzParse(f *testing.F) {
	f.Add("scan . --config sarif")
	f.Add("--config json scan")
	f.Add("scan --config")
	f.Fuzz(func(t *testing.T, line string) {
		args := append([]string{"scan"}, strings.Fields(line)...)
		args = append(args, "--", "--quiet")
		before := slices.Clone(args)
		c, err := program().Parse(args)
		if err == nil && !c.IsSet("help") && c.Args()[len(c.Args())-1] != "--quiet" {
			t.Errorf("%q: got %q", args, c.Args())
		}
		if !slices.Equal(args, before) {
			t.Errorf("the arguments are now %q", args)
		}
	})
}
