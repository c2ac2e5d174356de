package unpack

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Many small members are read as fast as one large one, since readers are used again.
var (
	buffers       = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}
	flateReaders  = sync.Pool{New: func() any { return flate.NewReader(nil) }}
	gzipReaders   = sync.Pool{New: func() any { return new(gzip.Reader) }}
	lz4Readers    = sync.Pool{New: func() any { return lz4.NewReader(nil) }}
	snappyReaders = sync.Pool{New: func() any { return s2.NewReader(nil, s2.ReaderAllocBlock(bufferSize)) }}
	zstdReaders   = sync.Pool{New: func() any { return newZstdReader() }}
)

const bufferSize = 64 << 10

// zlibHeader is the size of the header of RFC 1950, which what a stream of deflate is in
// has. The checksum at its end is left.
const zlibHeader = 2

func newBuffer(r io.Reader) *bufio.Reader {
	b := buffers.Get().(*bufio.Reader)
	b.Reset(r)
	return b
}

func dropBuffer(b *bufio.Reader) {
	b.Reset(nil)
	buffers.Put(b)
}

// errRefused is why something that could be read is not.
var errRefused = errors.New("refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errRefused}, args...)...)
}

// errPanic says that a decompressor panicked.
var errPanic = errors.New("the decompressor failed")

// decompress returns a reader of what r gives, decompressed. Close is called by itself at
// its end or at an error.
func (w *walk) decompress(layers []string, kind string, r *bufio.Reader) io.Reader {
	return &meter{w: w, layers: layers, open: func() (io.Reader, func(), error) { return w.decompressor(layers, kind, r) }}
}

// decompressor returns a reader for a kind, and what gives it up.
func (w *walk) decompressor(layers []string, kind string, r *bufio.Reader) (io.Reader, func(), error) {
	nothing := func() {}
	switch kind {
	case kindGzip:
		d := gzipReaders.Get().(*gzip.Reader)
		return d, func() { gzipReaders.Put(d) }, d.Reset(r)
	case kindZlib, kindFlate:
		if kind == kindZlib {
			_, _ = r.Discard(zlibHeader)
		}
		d := flateReaders.Get().(io.ReadCloser)
		return d, func() { flateReaders.Put(d) }, d.(flate.Resetter).Reset(r, nil)
	case kindBzip2:
		// It takes 3.6 MB of memory, however small the file is.
		return bzip2.NewReader(r), nothing, w.spend(layers, &w.decompressed, 1<<20)
	case kindLz4:
		d := lz4Readers.Get().(*lz4.Reader)
		d.Reset(r)
		return d, func() { lz4Readers.Put(d) }, nil
	case kindSnappy:
		d := snappyReaders.Get().(*s2.Reader)
		d.Reset(r)
		return d, func() { snappyReaders.Put(d) }, nil
	case kindXz:
		return &xzReader{r: r, room: w.allowed - w.decompressed}, nothing, nil
	case kindLzma:
		d, err := newLzmaReader(r, w.allowed-w.decompressed)
		return d, nothing, err
	}
	frames := &zstdFrames{r: r, room: w.allowed - w.decompressed}
	d := zstdReaders.Get().(*zstd.Decoder)
	giveUp := func() {
		if frames.largest > keptWindow {
			d.Close()
			return
		}
		_ = d.Reset(nil)
		zstdReaders.Put(d)
	}
	return d, giveUp, d.Reset(frames)
}

// meter reads from a decompressor and counts what it gives.
type meter struct {
	w      *walk
	layers []string
	open   func() (io.Reader, func(), error)
	r      io.Reader
	giveUp func()
	err    error
}

func (m *meter) Read(b []byte) (n int, err error) {
	if m.err != nil {
		return 0, m.err
	}
	defer func() {
		if p := recover(); p != nil { // of what a decompressor is in is not known any more
			m.giveUp, n, err = nil, 0, fmt.Errorf("%w: %v", errPanic, p)
		}
		if m.err = err; err != nil && m.giveUp != nil {
			m.giveUp()
			m.giveUp = nil
		}
	}()
	if m.r == nil {
		if m.r, m.giveUp, err = m.open(); err != nil {
			return 0, err
		}
	}
	n, err = m.r.Read(b)
	if stop := m.w.spend(m.layers, &m.w.decompressed, int64(n)); stop != nil {
		return n, stop
	}
	return n, err
}
