package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
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

func TestMaskKeys(t *testing.T) {
	made := time.Date(2025, 1, 14, 0, 0, 0, 0, time.UTC)
	key := keytest.Key(1, made)
	masked := strings.TrimSuffix(key, keytest.Token(1)) + "****"
	tests := []struct{ text, want string }{
		{"", ""},
		{"open a.b.c: no such file", "open a.b.c: no such file"},
		{"open " + key + ": no such file", "open " + masked + ": no such file"},
		{"unknown flag --" + key, "unknown flag --" + masked},
		{"open www." + key + ".txt", "open www." + masked + ".txt"},
		{"\"" + key + "\"", "\"" + masked + "\""},
		{"über/" + key + ".", "über/" + masked + "."},
	}
	for _, tt := range tests {
		if got := maskKeys(tt.text); got != tt.want {
			t.Errorf("maskKeys(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// closedPipe is a standard output whose reader has gone.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestClosedPipeIsSilent(t *testing.T) {
	var stderr bytes.Buffer
	args := []string{"qasleaks", "scan", t.TempDir()}
	if got := Main(t.Context(), args, strings.NewReader(""), closedPipe{}, &stderr); got != plan.Clean {
		t.Errorf("got status %d, want that of the scan", got)
	}
	if stderr.Len() > 0 {
		t.Errorf("got %q on standard error, want nothing", &stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"qasleaks", "scan", t.TempDir()}, {"qasleaks", "demo"}} {
		var stdout, stderr bytes.Buffer
		if got := Main(ctx, args, strings.NewReader(""), &stdout, &stderr); got != statusInterrupted {
			t.Errorf("%q: got status %d, want %d; %s", args, got, statusInterrupted, &stderr)
		}
		if stdout.Len() > 0 || stderr.String() != "qasleaks: interrupted\n" {
			t.Errorf("%q: got %q and %q", args, &stdout, &stderr)
		}
	}
}

func TestInterruptedWhileWaitingForInput(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stdin, writer := io.Pipe()
	defer writer.Close()
	go func() {
		_, _ = writer.Write([]byte("and then nothing"))
		cancel()
	}()
	if got := Main(ctx, []string{"qasleaks", "scan", "-"}, stdin, io.Discard, io.Discard); got != statusInterrupted {
		t.Errorf("got status %d, want %d", got, statusInterrupted)
	}
}

// Of several reports, all are written or none.
func TestWriteAllOrNone(t *testing.T) {
	dir := t.TempDir()
	first := filepath.Join(dir, "first")
	if err := os.WriteFile(first, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := report.Format{Name: "broken", Write: func(w io.Writer, _ *scanner.Result, _ report.Options) error {
		_, _ = io.WriteString(w, "half of it")
		return errors.New("no")
	}}
	out := output{reports: []wanted{{report.Formats()[0], first}, {broken, filepath.Join(dir, "second")}, {report.Formats()[0], ""}}}
	var stdout, stderr bytes.Buffer
	s := &session{stdout: &stdout, stderr: &stderr}
	if err := s.write(out, rules.Error, new(scanner.Result)); err == nil {
		t.Error("got no error")
	}
	if got, _ := os.ReadFile(first); string(got) != "old" {
		t.Errorf("the first file is now %q", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 || stdout.Len() > 0 {
		t.Errorf("there are %v and %q on standard output", entries, &stdout)
	}
}

func TestPairs(t *testing.T) {
	tests := []struct{ args, want string }{
		{"", "text>"},
		{"--output a", "text>a"},
		{"--format json", "json>"},
		{"--format json --output a", "json>a"},
		{"--output a --format json", "json>a"},
		{"--format sarif --output a --format text", "sarif>a text>"},
		{"--format text --format sarif --output a", "text> sarif>a"},
		{"--output a --format sarif --output b --format json", "sarif>a json>b"},
		{"--format sarif --output a --format json --output b", "sarif>a json>b"},
		{"--format json --format sarif", "two reports on standard output: json and sarif"},
		{"--format json --output a --format sarif --output ./a", "two reports in a: json and sarif"},
		{"--output a --output b", "output a has no format of its own"},
		{"--format json --output a --output b", "output b has no format of its own"},
		{"--format jsno", "unknown format"},
		{"--format json --output no/where", "output no/where: the directory no does not exist"},
	}
	for _, tt := range tests {
		var given ordered
		words := strings.Fields(tt.args)
		for i := 0; i < len(words); i += 2 {
			_ = orderedFlag{strings.TrimPrefix(words[i], "--"), &given}.Set(words[i+1])
		}
		pairs, err := given.reports()
		var got []string
		for _, pair := range pairs {
			got = append(got, pair.format.Name+">"+pair.output)
		}
		if text := strings.Join(got, " "); err != nil && !strings.HasPrefix(err.Error(), tt.want) || err == nil && text != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.args, text, err, tt.want)
		}
	}
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := new(scanner.Progress)
		p.Files.Store(12)
		p.Objects.Store(300)
		p.TotalObjects.Store(1000)
		p.Bytes.Store(30e6)
		stop := showProgress(&out, p, 80)
		time.Sleep(1050 * time.Millisecond)
		p.Objects.Store(400)
		p.Bytes.Store(40e6)
		time.Sleep(1050 * time.Millisecond)
		stop()
		lines := strings.Split(out.String(), "\r")
		first, last := lines[1], lines[len(lines)-3]
		if want := "scanning: 12 files, 300 of 1000 objects, 30 MB, 30 MB/s"; strings.TrimSpace(first) != want {
			t.Errorf("first it says %q, want %q", first, want)
		}
		if want := "scanning: 12 files, 400 of 1000 objects, 40 MB, 19 MB/s, about 7s left"; strings.TrimSpace(last) != want {
			t.Errorf("last it says %q, want %q", last, want)
		}
		if last := lines[len(lines)-2:]; strings.TrimSpace(last[0]) != "" || last[1] != "" {
			t.Errorf("the line is not cleared: %q", last)
		}
		for _, line := range lines {
			if len(line) > 79 {
				t.Errorf("line of %d bytes wraps: %q", len(line), line)
			}
		}
	})
}

func TestShowsLinks(t *testing.T) {
	for _, test := range []struct {
		environ string
		want    bool
	}{
		{"", false},
		{"TERM=xterm-256color", false},
		{"TERM=alacritty", true},
		{"TERM=tmux-256color TMUX=/tmp/x TERM_PROGRAM=vscode", false},
		{"TERM_PROGRAM=Apple_Terminal", false},
		{"TERM_PROGRAM=iTerm.app", true},
		{"VTE_VERSION=5000", false},
		{"VTE_VERSION=7600", true},
		{"WT_SESSION=x", true},
		{"WT_SESSION=x FORCE_HYPERLINK=0", false},
		{"TMUX=x FORCE_HYPERLINK=1", true},
	} {
		environ := map[string]string{}
		for variable := range strings.FieldsSeq(test.environ) {
			name, value, _ := strings.Cut(variable, "=")
			environ[name] = value
		}
		if got := showsLinks(func(name string) string { return environ[name] }); got != test.want {
			t.Errorf("%s: got %t", test.environ, got)
		}
	}
}

func TestShortWorkShowsNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		stop := showProgress(&out, new(scanner.Progress), 80)
		time.Sleep(progressDelay - time.Millisecond)
		stop()
		if out.Len() > 0 {
			t.Errorf("got %q", &out)
		}
	})
}
