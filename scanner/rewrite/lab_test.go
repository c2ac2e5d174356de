package rewrite_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

// TestTextOfLab masks the keys in every carrier and encoding of the laboratory.
func TestTextOfLab(t *testing.T) {
	r, d := rewrite.New(), detect.New(rules.All())
	planted := map[string][]rules.Key{}
	corpus := lab.New(1)
	for _, p := range corpus.Manifest.Planted {
		planted[p.Path] = append(planted[p.Path], rules.Key{TenantID: p.TenantID, KeyID: p.KeyID})
	}
	for _, f := range corpus.Files {
		before := secrets(d, t, f.Data)
		out, keys, err := r.Text(t.Context(), f.Data)
		if err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
		if left := secrets(d, t, out); len(left) > 0 {
			t.Errorf("%s: still has %s by %s in %v", f.Path, left[0].Key, left[0].Rule.ID, left[0].Layers)
		}
		checkMasked(t, f.Path, f.Data, out, before)
		if isPacked(f.Path) {
			continue // its keys are compressed
		}
		for _, want := range planted[f.Path] {
			if !slices.ContainsFunc(keys, func(k rules.Key) bool { return k.TenantID == want.TenantID && k.KeyID == want.KeyID }) {
				t.Errorf("%s: masked %v, want %s", f.Path, keys, want)
			}
		}
		again, keys, err := r.Text(t.Context(), out)
		if !bytes.Equal(again, out) || len(keys) > 0 || err != nil {
			t.Errorf("%s: a second time, it masks %v: %v", f.Path, keys, err)
		}
	}
}

// isPacked reports whether a carrier is an archive or compressed.
func isPacked(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) > 3 && slices.Contains(lab.PackedCarriers(), parts[3])
}

// secrets returns the hits of a text that are no examples of the documentation. It checks that
// a search leaves the text as it is: files are mapped into memory, and cannot be written.
func secrets(d *detect.Detector, t *testing.T, text []byte) []detect.Hit {
	t.Helper()
	before := bytes.Clone(text)
	hits := d.Find(t.Context(), text)
	if !bytes.Equal(text, before) {
		t.Errorf("a search has changed %q", before)
	}
	return slices.DeleteFunc(hits, func(h detect.Hit) bool { return h.Key.Documented() })
}

// token returns the token of a hit, or a credential of another kind.
func token(h detect.Hit) string {
	value := h.Secret.Reveal()
	return value[strings.LastIndexByte(value, '.')+1:]
}

// checkMasked checks that out is text without its tokens, and otherwise the same.
func checkMasked(t *testing.T, name string, text, out []byte, hits []detect.Hit) {
	t.Helper()
	rest, last := out, 0
	for i := range len(hits) + 1 {
		end := len(text)
		if i < len(hits) {
			hits[i] = wholeCredential(text, hits[i])
			end = hits[i].Start
			if bytes.Contains(out, []byte(token(hits[i]))) {
				t.Errorf("%s: the token of %s is still in it", name, hits[i].Key)
			}
		}
		if end < last {
			continue
		}
		at := bytes.Index(rest, text[last:end])
		if at < 0 || i == 0 && at > 0 || i == len(hits) && !bytes.HasSuffix(rest, text[last:end]) {
			t.Errorf("%s: the text from offset %d to %d has changed", name, last, end)
			return
		}
		rest = rest[at+end-last:]
		if i < len(hits) {
			last = max(last, hits[i].End)
		}
	}
}

// wholeCredential returns a hit with the base64 around it, if that is the credential of a
// header: with the key masked, it is a credential of another kind, and masked as a whole.
func wholeCredential(text []byte, h detect.Hit) detect.Hit {
	if !slices.Contains(h.Layers, "base64") {
		return h
	}
	isDigit := func(c byte) bool { return bytes.IndexByte([]byte(" \r\n\t<>\"'`,;&"), c) < 0 }
	start, end := h.Start, h.End
	for start > 0 && isDigit(text[start-1]) {
		start--
	}
	for end < len(text) && isDigit(text[end]) {
		end++
	}
	if bytes.Contains(bytes.ToLower(text[max(0, start-40):start]), []byte("apikey")) {
		h.Start, h.End = start, end
	}
	return h
}

// written are the packed carriers that are rewritten. Of the others, it is named that they
// have a key.
var written = []string{
	"zip", "playwright-trace", "jar", "wheel", "docx", "xlsx", "apk", "ipa", "aab", "vsix", "tar", "gzip", "zstandard", "npm-package",
	"asar", "zip-in-tar", "terraform", "cloud-init", "helm-release", "robot-log", "mail-attachment", "json-body", "playwright-report",
	"initrd", "sqlite-overflow", "saved-page", "json-twice", "shell-archive",
}

// TestContentOfLab rewrites every file of the laboratory, and scans the result.
func TestContentOfLab(t *testing.T) {
	r := rewrite.New()
	corpus := lab.New(1)
	rewritten := &lab.Corpus{}
	for _, f := range corpus.Files {
		out, masked := r.Content(t.Context(), f.Data)
		carrier := strings.Split(f.Path+"///", "/")[3]
		if isPacked(f.Path) && !slices.Contains(written, carrier) {
			if len(masked.Left) == 0 {
				t.Errorf("%s: that it has a key is not named", f.Path)
			}
			continue
		}
		if len(masked.Left) > 0 {
			t.Errorf("%s: %v", f.Path, masked.Left)
		}
		if isPacked(f.Path) && len(masked.Keys) != 1 {
			t.Errorf("%s: keys %v", f.Path, masked.Keys)
		}
		rewritten.Files = append(rewritten.Files, lab.File{Path: f.Path, Data: out})
		again, masked := r.Content(t.Context(), out)
		if !bytes.Equal(again, out) || len(masked.Keys) > 0 {
			t.Errorf("%s: a second time, it masks %v", f.Path, masked.Keys)
		}
	}
	dir := t.TempDir()
	if err := rewritten.Write(dir); err != nil {
		t.Fatal(err)
	}
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
	if err != nil || !result.Coverage.Complete() {
		t.Fatalf("not all is read: %v, %v", err, result.Coverage.Skipped)
	}
	for _, found := range result.Findings {
		if found.Severity > rules.Note && !found.Rule.Lint {
			o := found.Occurrences[0]
			t.Errorf("%s: still has %s in %v", o.Path, found.Key, o.Layers)
		}
	}
}
