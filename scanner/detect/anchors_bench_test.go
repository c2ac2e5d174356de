package detect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
)

// BenchmarkAnchors searches this package's own source: the whole text, and ranges
// as short as those around the seams of a delta.
func BenchmarkAnchors(b *testing.B) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		b.Fatal(err)
	}
	var text []byte
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		text = append(text, data...)
	}
	d := New(rules.All())
	var found []Anchor
	b.Run("whole", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			found = d.anchors(found[:0], text, 0, len(text))
		}
	})
	b.Run("seams", func(b *testing.B) {
		const apart = 300
		n := 2 * (d.longest - 1)
		b.SetBytes(int64(len(text) / apart * n))
		for b.Loop() {
			for at := 0; at+n < len(text); at += apart {
				found = d.anchors(found[:0], text, at, at+n)
			}
		}
	})
}

// BenchmarkHostile searches texts that repeat a single anchor.
func BenchmarkHostile(b *testing.B) {
	d := New(rules.All())
	for name, anchor := range map[string]string{"id": ".1C", "name": "keyId", "base64": "LjFD", "escaped": `ApiKey\"&%20`} {
		b.Run(name, func(b *testing.B) {
			text := []byte(strings.Repeat(anchor, 60_000/len(anchor)))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				d.Find(b.Context(), text)
			}
		})
	}
}
