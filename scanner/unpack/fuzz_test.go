package unpack

import (
	"context"
	"encoding/binary"
	"testing"
)

// FuzzAsar opens archives of Electron whose header is anything.
func FuzzAsar(f *testing.F) {
	f.Add([]byte(`{"files":{"a":{"size":3,"offset":"0"},"d":{"files":{"b":{"size":2,"offset":"1"}}}}}`), []byte("abc"), uint32(0))
	f.Add([]byte(`{"files":{"a":{"size":9223372036854775807,"offset":"9223372036854775807"},"b":null,"c":{"files":null}}}`), []byte("abc"), uint32(3))
	f.Add([]byte(`{"files":[]}`), []byte{}, uint32(1<<31))
	limits := Limits{Depth: 4, Member: 1 << 16, Total: 1 << 18, Ratio: 10}
	f.Fuzz(func(t *testing.T, header, body []byte, off uint32) {
		var data []byte
		for _, n := range []uint32{4, uint32(len(header)) + 8 + off, uint32(len(header)) + 4, uint32(len(header)) + off} {
			data = binary.LittleEndian.AppendUint32(data, n)
		}
		data = append(append(data, header...), body...)
		total := 0
		Walk(context.Background(), data, limits, func(m Member) {
			if total += len(m.Data); len(m.Data) > len(body)+len(header) {
				t.Errorf("a member of %d bytes in an archive of %d", len(m.Data), len(data))
			}
		})
		if total > 1<<18+1<<20 {
			t.Errorf("%d bytes are unpacked", total)
		}
	})
}
