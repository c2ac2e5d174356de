package rewrite_test

import (
	"testing"

	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		rewrite.New()
	}
}
