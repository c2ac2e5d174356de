package report

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

var update = flag.Bool("update", false, "write the golden files anew")

// render returns what a format writes of a result, with options that do not
// depend on the machine.
func render(t testing.TB, f Format, r *scanner.Result, change ...func(*Options)) string {
	t.Helper()
	o := Options{Version: "v1.2.3", Now: now}
	for _, c := range change {
		c(&o)
	}
	var b bytes.Buffer
	if err := f.Write(&b, r, o); err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return b.String()
}

// extensions are those of the golden files.
var extensions = map[string]string{
	"text": "txt", "json": "json", "jsonl": "jsonl", "sarif": "sarif", "gitlab": "gitlab.json", "junit": "junit.xml",
	"markdown": "md", "concise": "concise.txt", "github": "github.txt", "html": "html",
}

// TestGolden keeps three results whole: rich has something of everything, hostile
// is text that readers could obey, and clean has nothing. Other tests assert what
// they are about.
func TestGolden(t *testing.T) {
	for _, name := range []string{"rich", "hostile", "clean"} {
		for _, f := range Formats() {
			file := "report-" + name + "." + extensions[f.Name]
			t.Run(file, func(t *testing.T) {
				golden(t, file, render(t, f, results()[name]))
			})
		}
	}
	t.Run("colour", func(t *testing.T) {
		colour := render(t, Formats()[0], rich(), func(o *Options) { o.Color = true })
		golden(t, "report-rich-colour.txt", strings.ReplaceAll(colour, "\x1b", "␛"))
	})
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("..", "testdata", "golden", file)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("write it again with -update, or see:\n%s", diff.Diff(file, want, "got", []byte(got)))
	}
}

// Each golden file belongs to a test: none is left over.
func TestGoldenFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "golden", "report-*"))
	if err != nil {
		t.Fatal(err)
	}
	if want := 3*len(Formats()) + 1; len(files) != want {
		t.Errorf("there are %d golden files, want %d: %q", len(files), want, files)
	}
}

func TestLookup(t *testing.T) {
	for _, name := range Names() {
		f, err := Lookup(name)
		if err != nil || f.Name != name || f.Write == nil {
			t.Errorf("Lookup(%q) = %v, %v", name, f.Name, err)
		}
	}
	const want = `unknown format "txt": expected one of text, concise, `
	if _, err := Lookup("txt"); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Lookup of a wrong name: %v, want %s", err, want)
	}
}

// Nothing that a report shows may hold a token, whatever its form.
func TestNoSecrets(t *testing.T) {
	for name, r := range results() {
		for _, f := range Formats() {
			for _, color := range []bool{false, true} {
				got := render(t, f, r, func(o *Options) { o.Color = color })
				for i := range r.Findings {
					mustNotHold(t, name+"."+f.Name, got, r.Findings[i].Secret.Reveal())
				}
			}
		}
	}
}

func mustNotHold(t *testing.T, name, got, literal string) {
	t.Helper()
	token := literal[strings.LastIndexByte(literal, '.')+1:]
	for i, form := range append(encodings(token), encodings(literal)...) {
		if form != "" && strings.Contains(got, form) {
			t.Errorf("%s holds a token (form %d)", name, i)
		}
	}
}

func TestShowSecrets(t *testing.T) {
	show := func(o *Options) { o.ShowSecrets = true }
	r := &scanner.Result{Findings: []scanner.Finding{inHead()}}
	for _, f := range Formats() {
		got := strings.Count(render(t, f, r, show), keytest.Token(1))
		want := map[string]int{"text": 1, "json": 1, "jsonl": 1}[f.Name]
		if got != want {
			t.Errorf("%s shows the token %d times, want %d", f.Name, got, want)
		}
	}
}

// A terminal shows reports and obeys nothing in them.
func TestControlsAreSpelledOut(t *testing.T) {
	for _, f := range Formats() {
		for _, r := range render(t, f, hostile()) {
			if r != '\n' && !unicode.IsGraphic(r) {
				t.Errorf("%s holds %U", f.Name, r)
			}
		}
	}
}

func TestBrokenWriter(t *testing.T) {
	for _, f := range Formats() {
		whole := len(render(t, f, crowded(40, 40)))
		for _, room := range []int{0, 10, min(5000, whole/2), whole - 1} {
			err := f.Write(&brokenWriter{room: room}, crowded(40, 40), Options{Version: "v1.2.3", Now: now})
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s to a writer that breaks after %d bytes: %v", f.Name, room, err)
			}
		}
	}
}

// brokenWriter takes room bytes.
type brokenWriter struct{ room int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.room)
	w.room -= n
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

// A report changes nothing of the result: several may be written of it.
func TestResultIsLeftAlone(t *testing.T) {
	r := rich()
	var first []string
	for _, f := range Formats() {
		first = append(first, render(t, f, r))
	}
	for i, f := range slices.Backward(Formats()) {
		if render(t, f, r) != first[i] {
			t.Errorf("%s differs the second time", f.Name)
		}
	}
}

func BenchmarkFormats(b *testing.B) {
	for name, r := range map[string]*scanner.Result{
		"findings": crowded(25_000, 1), "occurrences": crowded(1, 25_000),
	} {
		for _, f := range Formats() {
			b.Run(f.Name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := f.Write(io.Discard, r, Options{Now: now}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
