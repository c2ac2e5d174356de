package cli

import (
	"bytes"
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/plan"
)

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
		{"finding " + strings.TrimSuffix(key, keytest.Token(1)), "finding " + strings.TrimSuffix(key, keytest.Token(1))}, // no token follows
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
		if got := Main(ctx, args, strings.NewReader(""), &stdout, &stderr); got != StatusInterrupted {
			t.Errorf("%q: got status %d, want %d; %s", args, got, StatusInterrupted, &stderr)
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
	if got := Main(ctx, []string{"qasleaks", "scan", "-"}, stdin, io.Discard, io.Discard); got != StatusInterrupted {
		t.Errorf("got status %d, want %d", got, StatusInterrupted)
	}
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

// What is written to standard error is masked and escaped by line, however it is cut into
// writes.
func TestMessages(t *testing.T) {
	key := keytest.Key(1, time.Date(2025, 1, 14, 0, 0, 0, 0, time.UTC))
	text := "a \x1b[31m" + key + "\u202e\n::error::x\nlast " + key
	want := "a \\x1b[31m" + strings.TrimSuffix(key, keytest.Token(1)) + "****\\u202e\n\\x3a:error::x\nlast " + strings.TrimSuffix(key, keytest.Token(1)) + "****\n"
	for n := 1; n < 40; n += 6 {
		var out bytes.Buffer
		m := &messages{to: &out}
		for i := 0; i < len(text); i += n {
			if written, err := m.Write([]byte(text[i:min(i+n, len(text))])); err != nil || written != min(n, len(text)-i) {
				t.Fatalf("wrote %d: %v", written, err)
			}
		}
		m.end()
		m.end()
		if got := out.String(); got != want {
			t.Errorf("in writes of %d bytes: got %q, want %q", n, got, want)
		}
	}
	if _, err := (&messages{to: closedPipe{}}).Write([]byte("x\n")); err == nil {
		t.Error("an error was lost")
	}
}
