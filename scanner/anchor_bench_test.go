package scanner

import (
	"os"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
)

// BenchmarkAnchors searches the file that QASLEAKS_BENCH_FILE names, or this
// package's largest source file.
func BenchmarkAnchors(b *testing.B) {
	name := os.Getenv("QASLEAKS_BENCH_FILE")
	if name == "" {
		name = "anchor.go"
	}
	text, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	d := newDetector(rules.All())
	b.SetBytes(int64(len(text)))
	var found []anchor
	for b.Loop() {
		found = d.anchors(found[:0], text, 0, len(text))
	}
	b.ReportMetric(float64(len(found)), "anchors")
}
