package rewrite_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

// filter is a running stream that a test writes to and reads from.
type filter struct {
	in   *io.PipeWriter
	out  *io.PipeReader
	done chan error
	rewrite.Masked
}

func startFilter(ctx context.Context) *filter {
	in, toIn := io.Pipe()
	fromOut, out := io.Pipe()
	f := &filter{in: toIn, out: fromOut, done: make(chan error, 1)}
	go func() {
		var err error
		f.Masked, err = rewrite.New().Stream(ctx, in, out)
		out.CloseWithError(err)
		f.done <- err
	}()
	return f
}

// TestStreamPassesLines expects each line before the next one is written.
func TestStreamPassesLines(t *testing.T) {
	f := startFilter(t.Context())
	for _, c := range []struct{ in, want string }{
		{"first\n", "first\n"},
		{"no end yet, then ", ""},
		{"an end\n", "no end yet, then an end\n"},
		{"10 %\r20 %", "10 %\r"},
		{"\r30 %\r", "20 %\r30 %\r"},
		{"\r\n", "\r\n"},
		{"Authorization: ApiKey {{key 1}}\n", "Authorization: ApiKey {{tenant 1}}.{{id 1}}.****\n"},
		{"two\nQAS_TOKEN={{key 2}}\r\n", "two\nQAS_TOKEN={{tenant 2}}.{{id 2}}.****\r\n"},
		{"tenant: {{tenant 3}}\n", "tenant: {{tenant 3}}\n"},
		{"keyId: {{id 3}}\n", "keyId: {{id 3}}\n"},
		{"token: {{token 3}}\n", "token: (****)\n"},
		// This line may go on.
		{"'{{tenant 4}}.{{id 4}}.abcdefg' +\n", ""},
		{"  'hij0123456789ABCDEF'\n", "'{{tenant 4}}.{{id 4}}.****' +\n  '****'\n"},
		{"a = b +\n", "a = b +\n"},
	} {
		if _, err := io.WriteString(f.in, keytest.Expand(c.in)); err != nil {
			t.Fatal(err)
		}
		want := keytest.Expand(c.want)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(f.out, got); err != nil || string(got) != want {
			t.Fatalf("%q became %q, %v, want %q", c.in, got, err, want)
		}
	}
	if _, err := io.WriteString(f.in, keytest.Expand("the end: {{key 5}}")); err != nil {
		t.Fatal(err)
	}
	f.in.Close()
	rest, err := io.ReadAll(f.out)
	if want := keytest.Expand("the end: {{tenant 5}}.{{id 5}}.****"); err != nil || string(rest) != want {
		t.Errorf("at its end: %q, %v, want %q", rest, err, want)
	}
	if err := <-f.done; err != nil || len(f.Keys) != 5 || len(f.Left) != 0 {
		t.Errorf("%v, %v", f.Masked, err)
	}
}

// TestStreamOfLab passes every text of the laboratory through a stream, whole and in small
// pieces. All is masked but for the tokens that only later lines show to be some.
func TestStreamOfLab(t *testing.T) {
	d, r := detect.New(rules.All()), rewrite.New()
	random := rand.New(rand.NewPCG(1, 1))
	for _, f := range lab.New(1).Files {
		if isPacked(f.Path) {
			continue
		}
		pieces := &pieceReader{data: f.Data, r: random, most: []int{1 << 20, 700, 40}[random.IntN(3)]}
		var out bytes.Buffer
		if _, err := r.Stream(t.Context(), pieces, &out); err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
		left := map[string]detect.Hit{}
		for _, h := range secrets(d, t, out.Bytes()) {
			left[token(h)] = h
		}
		hits := slices.DeleteFunc(secrets(d, t, f.Data), func(h detect.Hit) bool {
			_, isLeft := left[token(h)]
			if isLeft = isLeft && isShownLater(d, t, f.Data, h); isLeft {
				delete(left, token(h))
			}
			return isLeft
		})
		for _, h := range left {
			t.Errorf("%s, in pieces of at most %d: still has %s by %s in %v", f.Path, pieces.most, h.Key, h.Rule.ID, h.Layers)
		}
		checkMasked(t, f.Path, f.Data, out.Bytes(), hits)
	}
}

// isShownLater reports whether a token is not found in the text up to the end of its line.
// A stream has written it before it can be known.
func isShownLater(d *detect.Detector, t *testing.T, text []byte, h detect.Hit) bool {
	end := h.End
	for end < len(text) && text[end-1] != '\n' {
		end++
	}
	return !slices.ContainsFunc(secrets(d, t, text[:end]), func(early detect.Hit) bool { return token(early) == token(h) })
}

// pieceReader gives data in pieces of random lengths.
type pieceReader struct {
	data []byte
	r    *rand.Rand
	most int
}

func (p *pieceReader) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), 1+p.r.IntN(p.most))], p.data)
	p.data = p.data[n:]
	return n, nil
}

// TestStreamOfLongLines expects that a key is masked wherever a long line is cut.
func TestStreamOfLongLines(t *testing.T) {
	key, want := keytest.Expand("{{key 1}}"), keytest.Expand("{{tenant 1}}.{{id 1}}.****")
	const part = 17 * 64 << 10 // the first in which the line is too long
	for at := part - 4200; at < part+100; at += 10 {
		if at == part-4000 {
			at = part - 100
		}
		line := strings.Repeat("- ", at/2) + key + strings.Repeat(" -", 40_000)
		var out bytes.Buffer
		if _, err := rewrite.New().Stream(t.Context(), strings.NewReader(line), &out); err != nil {
			t.Fatal(err)
		}
		if out.String() != strings.Replace(line, key, want, 1) {
			t.Fatalf("a key at %d is not masked, or more is", at)
		}
	}
}

// TestStreamOfWrappedLines expects that a key in wrapped base64 is masked wherever its lines
// end, although they are read one by one.
func TestStreamOfWrappedLines(t *testing.T) {
	d, r := detect.New(rules.All()), rewrite.New()
	for before := range 160 {
		prefix, padding := "", 100+before
		if before%2 == 1 { // the key begins on the first line, after a name
			prefix, padding = "file: ", before%40
		}
		text := strings.Repeat("x", padding) + keytest.Expand(" QAS_TOKEN={{key 1}}\n") + strings.Repeat("y", 100)
		encoded := base64.StdEncoding.EncodeToString([]byte(text))
		width := []int{24, 40, 64, 120}[before/2%4]
		var lines []string
		for len(encoded) > width {
			lines, encoded = append(lines, encoded[:width]+"\n"), encoded[width:]
		}
		lines = append(lines, encoded+"\n", "\n", "other\n")
		lines[0] = prefix + lines[0]
		var readers []io.Reader
		for _, line := range lines {
			readers = append(readers, strings.NewReader(line))
		}
		var out bytes.Buffer
		if _, err := r.Stream(t.Context(), io.MultiReader(readers...), &out); err != nil {
			t.Fatal(err)
		}
		if left := secrets(d, t, out.Bytes()); len(left) > 0 {
			t.Errorf("%d before: %s is left", before, left[0].Key)
		}
		joined, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(out.String(), prefix), "other\n"), "\n", ""))
		want := strings.Replace(text, keytest.Expand("{{token 1}}"), strings.Repeat("*", len(keytest.Token(1))), 1)
		if err != nil || string(joined) != want {
			t.Errorf("%d before: %q, %v", before, joined, err)
		}
	}
}

// TestStreamEndsWithItsContext expects what was read before.
func TestStreamEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := startFilter(ctx)
	if _, err := io.WriteString(f.in, keytest.Expand("line\nkey {{key 1}}")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(f.out, make([]byte, len("line\n"))); err != nil {
		t.Fatal(err)
	}
	go cancel()
	out, err := io.ReadAll(f.out)
	if want := keytest.Expand("key {{tenant 1}}.{{id 1}}.****"); !errors.Is(err, context.Canceled) || string(out) != want {
		t.Errorf("%q, %v, want %q", out, err, want)
	}
}
