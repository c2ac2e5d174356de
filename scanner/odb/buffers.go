package odb

import (
	"math/bits"

	"github.com/qasleaks/qasleaks/scanner/odb/inflate"
)

const (
	// maxPooled bounds the bytes in the free list, so that a huge object does not pin
	// memory.
	maxPooled = 64 << 20
	// maxRounded is the largest size that is rounded up to a power of two and pooled.
	// Larger buffers have exactly the requested size and are not pooled.
	maxRounded = 1<<24 - 1
)

// buffers is a free list of byte slices. They are sorted into size classes, one for
// each power of two.
type buffers struct {
	free   [25][][]byte
	pooled int
}

// get returns a buffer of length n, with inflate.Slack bytes of spare capacity. Its
// content is undefined.
func (b *buffers) get(n int) []byte {
	if n > maxRounded {
		return make([]byte, n, n+inflate.Slack)
	}
	class := bits.Len(uint(n))
	if list := b.free[class]; len(list) > 0 {
		buf := list[len(list)-1]
		b.free[class] = list[:len(list)-1]
		b.pooled -= cap(buf)
		return buf[:n]
	}
	return make([]byte, n, 1<<class+inflate.Slack)
}

// put returns a buffer to the free list. A nil buffer is ignored.
func (b *buffers) put(buf []byte) {
	room := cap(buf) - inflate.Slack
	if buf == nil || room > maxRounded+1 || b.pooled+cap(buf) > maxPooled {
		return
	}
	class := bits.Len(uint(room)) - 1
	b.free[class] = append(b.free[class], buf)
	b.pooled += cap(buf)
}
