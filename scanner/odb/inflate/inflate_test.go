package inflate

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// inflateOracle inflates a zlib stream without its checksum as compress/flate
// does, at most limit bytes, and returns how much of src it took.
func inflateOracle(src []byte, limit int) (data []byte, used int, err error) {
	if len(src) < 2 || src[0]&15 != 8 || binary.BigEndian.Uint16(src)%31 != 0 || src[1]&0x20 != 0 {
		return nil, 0, errZlibHeader
	}
	r := bytes.NewReader(src[2:])
	data, err = io.ReadAll(io.LimitReader(flate.NewReader(r), int64(limit)))
	return data, len(src) - r.Len(), err
}

// checkInflate compares with the oracle, in buffers with room behind them and
// without, and checks that nothing beyond the room is touched.
func checkInflate(t *testing.T, src []byte) {
	t.Helper()
	const limit = 1 << 20
	want, wantUsed, wantErr := inflateOracle(src, limit)
	if len(want) == limit {
		t.Skip("too long")
	}
	var d Inflater
	for _, room := range []int{0, 1, 7, Slack} {
		for _, trim := range []int{0, 1, -1} {
			n := len(want) - trim
			if n < 0 {
				continue
			}
			memory := bytes.Repeat([]byte{0xa5}, n+room+64)
			dst := memory[: n : n+room]
			used, err := d.Zlib(dst, src[:len(src):len(src)], false)
			good := wantErr == nil && trim == 0 && len(src)-wantUsed >= adler32.Size
			if (err == nil) != good {
				t.Fatalf("room %d, length %d of %d: got error %v, want %v", room, n, len(want), err, wantErr)
			}
			if good && (!bytes.Equal(dst, want) || used != wantUsed+adler32.Size) {
				t.Fatalf("room %d: differs, or %d bytes used instead of %d", room, used, wantUsed+adler32.Size)
			}
			if rest := memory[n+room:]; !bytes.Equal(rest, bytes.Repeat([]byte{0xa5}, len(rest))) {
				t.Fatalf("room %d: written beyond the capacity", room)
			}
		}
		// A prefix, and only a prefix: what is there before an error counts.
		for _, n := range []int{0, 1, 64, len(want) / 2, len(want)} {
			dst := make([]byte, min(n, len(want)), min(n, len(want))+room)
			got, err := d.Prefix(dst, src)
			if wantErr == nil && (err != nil || got != len(dst) || !bytes.Equal(dst, want[:len(dst)])) {
				t.Fatalf("prefix of %d: got %d, %v", n, got, err)
			}
		}
	}
}

func compress(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// samples are texts of all kinds that deflate treats differently.
func samples() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 70_000)
	skewed := make([]byte, 70_000) // long codes, so that second tables are needed
	period := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
		skewed[i] = byte(min(random.ExpFloat64()*9, 255))
	}
	for i := range period {
		period[i] = "abcdefg"[i%(1+i/800)]
	}
	return map[string][]byte{
		"empty":  nil,
		"one":    []byte("x"),
		"text":   []byte(strings.Repeat("func (r *Reader) Read(p []byte) (n int, err error) {\n\treturn r.r.Read(p)\n}\n", 200)),
		"zeros":  make([]byte, 100_000),
		"noise":  noise,
		"skewed": skewed,
		"period": period,
		"mixed":  append(append([]byte(strings.Repeat("abc", 3000)), noise[:3000]...), skewed[:9000]...),
	}
}

func TestInflate(t *testing.T) {
	t.Parallel()
	for name, data := range samples() {
		for _, level := range []int{zlib.HuffmanOnly, 0, 1, 6, 9} {
			packed := compress(t, data, level)
			checkInflate(t, packed)
			checkInflate(t, append(packed, "what follows in the pack"...))
			for n := 0; n < len(packed); n += 1 + n/5 {
				checkInflate(t, packed[:n])
			}
			if t.Failed() {
				t.Fatalf("%s, level %d", name, level)
			}
		}
	}
}

func TestInflateDamaged(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, data := range samples() {
		packed := compress(t, data[:min(len(data), 4000)], 6)
		for range 200 {
			bad := bytes.Clone(packed)
			for range 1 + random.IntN(3) {
				bad[random.IntN(len(bad))] ^= 1 << random.IntN(8)
			}
			checkInflate(t, bad)
		}
	}
}

func TestInflateChecksum(t *testing.T) {
	t.Parallel()
	data := []byte("some text, some text")
	packed := compress(t, data, 6)
	packed[len(packed)-1]++
	var d Inflater
	if _, err := d.Zlib(make([]byte, len(data)), packed, true); err != errZlibChecksum {
		t.Errorf("got %v", err)
	}
	if _, err := d.Zlib(make([]byte, len(data)), packed, false); err != nil {
		t.Error(err)
	}
}

func FuzzInflate(f *testing.F) {
	for _, data := range samples() {
		for _, level := range []int{zlib.HuffmanOnly, 0, 1, 6, 9} {
			f.Add(compress(f, data[:min(len(data), 3000)], level)[2:])
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		// The header is given, so that the fuzzer need not find it.
		checkInflate(t, append([]byte{0x78, 0x9c}, src...))
	})
}
