package odb

import (
	"bytes"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb/inflate"
)

func FuzzDelta(f *testing.F) {
	base := []byte(strings.Repeat("0123456789abcdef", 20))
	f.Add(base, []byte("\x05hello"), 5)
	f.Add(base, []byte("\x91\x10\x20\x03abc"), 35)
	f.Add(base, []byte("\xb3\x10\x00\x20\x01\x80"), 300)
	f.Fuzz(func(t *testing.T, base, ops []byte, size int) {
		if size < 0 || size > 1<<20 {
			t.Skip()
		}
		total, sumErr := deltaResult(ops, 1<<20)
		// The same with room behind the buffers, and without.
		tight := make([]byte, size)
		edits, err := applyDelta(tight, base[:len(base):len(base)], ops[:len(ops):len(ops)], nil)
		roomy := make([]byte, size, size+inflate.Slack)
		edits2, err2 := applyDelta(roomy, append(make([]byte, 0, len(base)+inflate.Slack), base...),
			append(make([]byte, 0, len(ops)+inflate.Slack), ops...), nil)
		if err != err2 || len(edits) != len(edits2) {
			t.Fatalf("with room %v, without %v", err2, err)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(tight, roomy) {
			t.Fatal("room makes a difference")
		}
		if sumErr != nil || total != uint64(size) {
			t.Fatalf("instructions add up to %d (%v), gave %d", total, sumErr, size)
		}
		at := 0
		for _, e := range edits {
			if e.At != at || e.Len <= 0 {
				t.Fatalf("edit %+v at %d", e, at)
			}
			if e.From >= 0 && !bytes.Equal(tight[at:at+e.Len], base[e.From:e.From+e.Len]) {
				t.Fatalf("edit %+v is not what was copied", e)
			}
			at += e.Len
		}
		if at != size {
			t.Fatalf("edits cover %d of %d", at, size)
		}
	})
}
