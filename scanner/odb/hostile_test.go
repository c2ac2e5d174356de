package odb

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// packer writes packs that git would not.
type packer struct {
	bytes.Buffer
	count   uint32
	offsets []uint64
}

func (p *packer) begin(kind Type, size uint64) {
	if p.Len() == 0 {
		p.WriteString("PACK\x00\x00\x00\x02\x00\x00\x00\x00")
	}
	p.count++
	p.offsets = append(p.offsets, uint64(p.Len()))
	c := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		p.WriteByte(c | 0x80)
		c = byte(size & 0x7f)
	}
	p.WriteByte(c)
}

func (p *packer) whole(t testing.TB, kind Type, size uint64, data []byte) {
	p.begin(kind, size)
	p.Write(deflated(t, data))
}

func (p *packer) delta(t testing.TB, base OID, delta []byte) {
	p.begin(refDelta, uint64(len(delta)))
	p.WriteString(string(base))
	p.Write(deflated(t, delta))
}

// open returns a database of the pack alone. ids is what its index claims; with
// none, the index is made.
func (p *packer) open(t testing.TB, ids ...OID) *DB {
	t.Helper()
	data := bytes.Clone(p.Bytes())
	binary.BigEndian.PutUint32(data[8:], p.count)
	f := &forest{
		pack:    &pack{path: "test.pack", data: data, hashSize: sha1.Size},
		offsets: append(p.offsets, uint64(len(data))),
	}
	return openBytes(t, f, int(p.count), ids)
}

func openBytes(t testing.TB, f *forest, count int, ids []OID) *DB {
	t.Helper()
	db := &DB{hashSize: sha1.Size, known: map[string]bool{}}
	db.packs.Store(new([]*pack))
	var err error
	if ids != nil {
		f.pack.index, err = parseIndex(encodeIndex(f, ids), sha1.Size)
	} else {
		db.failures, err = f.pack.makeIndex(t.Context(), count)
	}
	if err != nil {
		db.failures = append(db.failures, Failure{Path: f.pack.path, Err: err})
	} else {
		db.packs.Store(&[]*pack{f.pack})
	}
	return db
}

func fakeID(b byte) OID { return OID(bytes.Repeat([]byte{b}, sha1.Size)) }

// walkAll returns the objects by ID and all failures, those of opening included.
func walkAll(t testing.TB, db *DB) (map[OID]string, []Failure) {
	t.Helper()
	var mu sync.Mutex
	objects, failures := map[OID]string{}, db.Failures()
	err := Walk(t.Context(), db, All, 2, Visitor[string]{
		Visit: func(_ int, o *Object, base string) string {
			mu.Lock()
			defer mu.Unlock()
			objects[o.ID] = string(o.Data)
			for _, e := range o.Edits {
				if e.From >= 0 && base[e.From:e.From+e.Len] != string(o.Data[e.At:e.At+e.Len]) {
					t.Errorf("%s: edit %+v is not what was copied", o.ID, e)
				}
			}
			return string(o.Data)
		},
		Fail: func(f Failure) {
			mu.Lock()
			defer mu.Unlock()
			failures = append(failures, f)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return objects, failures
}

func TestHostilePacks(t *testing.T) {
	t.Parallel()
	// promise returns a delta against 16 bytes, which copies them, with a size of its result.
	promise := func(size uint64) []byte {
		return append(binary.AppendUvarint([]byte("\x10"), size), 0x90, 0x10)
	}
	text := []byte("0123456789abcdef")
	textID := hashObject(sha1.Size, Blob, text)
	size16 := "\x10" // of the base
	tests := map[string]struct {
		build func(p *packer) []OID // returns what the index claims; nil: no index
		bad   int                   // failures
		good  int
		err   error // of one of them
	}{
		"a cycle of two deltas": {
			build: func(p *packer) []OID {
				p.delta(t, fakeID(2), []byte(size16+size16+"\x90\x10"))
				p.delta(t, fakeID(1), []byte(size16+size16+"\x90\x10"))
				p.whole(t, Blob, 16, text)
				return []OID{fakeID(1), fakeID(2), textID}
			},
			bad: 2, good: 1,
		},
		"a delta to itself": {
			build: func(p *packer) []OID {
				p.delta(t, fakeID(1), []byte(size16+size16+"\x90\x10"))
				return []OID{fakeID(1)}
			},
			bad: 1,
		},
		"a header that promises 10 GB": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 10<<30, text)
				p.whole(t, Blob, 16, text)
				return []OID{fakeID(1), textID}
			},
			bad: 1, good: 1, err: ErrTooLarge,
		},
		"a header that promises a byte too much": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, MaxSize+1, text)
				return []OID{fakeID(1)}
			},
			bad: 1, err: ErrTooLarge,
		},
		"a header that promises what cannot be": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 1<<29, text)
				return []OID{fakeID(1)}
			},
			bad: 1,
		},
		"headers that promise too little and too much": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 15, text)
				p.whole(t, Blob, 17, text)
				return []OID{fakeID(1), fakeID(2)}
			},
			bad: 2,
		},
		"a delta that promises 2 GB": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 16, text)
				p.delta(t, textID, []byte(size16+"\x80\x80\x80\x80\x08\x90\x10"))
				return []OID{textID, fakeID(1)}
			},
			bad: 1, good: 1, err: ErrTooLarge,
		},
		"a delta that promises what is just read, and has a few bytes": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 16, text)
				p.delta(t, textID, promise(MaxSize-16-8))
				return []OID{textID, fakeID(1)}
			},
			bad: 1, good: 1, err: errDeltaSize,
		},
		"a delta that is just too large with its base and its result": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 16, text)
				p.delta(t, textID, promise(MaxSize-16-8+1))
				return []OID{textID, fakeID(1)}
			},
			bad: 1, good: 1, err: ErrTooLarge,
		},
		"a delta that promises the largest number": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 16, text)
				p.delta(t, textID, promise(math.MaxInt64))
				return []OID{textID, fakeID(1)}
			},
			bad: 1, good: 1, err: ErrTooLarge,
		},
		"deltas that lie": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 16, text)
				p.delta(t, textID, []byte("\x11"+size16+"\x90\x10"))     // the size of the base
				p.delta(t, textID, []byte(size16+"\x0f"+"\x90\x10"))     // the size of the result
				p.delta(t, textID, []byte(size16+"\x10"+"\x91\x01\x10")) // copies beyond the base
				p.delta(t, textID, []byte(size16+"\x10"+"\x10too few"))
				p.delta(t, textID, []byte(size16+"\x10"+"\x00"))
				p.delta(t, textID, []byte(size16))
				p.delta(t, textID, []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
				return []OID{textID, fakeID(1), fakeID(2), fakeID(3), fakeID(4), fakeID(5), fakeID(6), fakeID(7)}
			},
			bad: 7, good: 1,
		},
		"a base that is nowhere, with a delta to the delta": {
			build: func(p *packer) []OID {
				p.delta(t, fakeID(9), []byte(size16+size16+"\x90\x10"))
				p.delta(t, fakeID(1), []byte(size16+size16+"\x90\x10"))
				return []OID{fakeID(1), fakeID(2)}
			},
			bad: 2,
		},
		"the same without an index": {
			build: func(p *packer) []OID {
				p.delta(t, fakeID(9), []byte(size16+size16+"\x90\x10"))
				p.delta(t, fakeID(1), []byte(size16+size16+"\x90\x10"))
				p.whole(t, Blob, 16, text)
				return nil
			},
			bad: 2, good: 1,
		},
		"no index, and an object twice": {
			build: func(p *packer) []OID {
				p.whole(t, Blob, 16, text)
				p.delta(t, textID, []byte(size16+"\x03\x03new"))
				p.whole(t, Blob, 16, text)
				return nil
			},
			good: 2,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p packer
			db := p.open(t, test.build(&p)...)
			objects, failures := walkAll(t, db)
			if len(objects) != test.good || len(failures) != test.bad {
				t.Errorf("%d objects, want %d; %d failures, want %d: %v", len(objects), test.good, len(failures), test.bad, failures)
			}
			found := test.err == nil
			for _, f := range failures {
				found = found || errors.Is(f.Err, test.err)
				if f.OID == "" {
					continue
				}
				if _, _, err := db.Read(t.Context(), f.OID); err == nil {
					t.Errorf("%s is read, but was not visited", f.OID)
				}
			}
			if !found {
				t.Errorf("no failure is %q: %v", test.err, failures)
			}
		})
	}
}

// TestDeepTree has a chain much deeper than git makes, with a side branch at
// each step, and objects so large that not all bases can be held.
func TestDeepTree(t *testing.T) {
	t.Parallel()
	const depth, size = 40, 4 << 20
	var p packer
	base := bytes.Repeat([]byte("large "), size/6)
	varint := func(n int) (b []byte) {
		for ; n >= 0x80; n >>= 7 {
			b = append(b, byte(n)|0x80)
		}
		return append(b, byte(n))
	}
	// The whole base, then one byte: in copies of at most 0xffffff bytes.
	grow := func(n int, c byte) []byte {
		delta := append(varint(n), varint(n+1)...)
		delta = append(delta, 0xf0, byte(n), byte(n>>8), byte(n>>16))
		return append(delta, 1, c)
	}
	p.whole(t, Blob, uint64(len(base)), base)
	want := map[OID]int{}
	id := hashObject(sha1.Size, Blob, base)
	want[id] = len(base)
	for range depth {
		p.delta(t, id, grow(len(base), 'a'))
		side := hashObject(sha1.Size, Blob, append(bytes.Clone(base), 'b'))
		want[side] = len(base) + 1
		p.delta(t, id, grow(len(base), 'b')) // while its base is far down the stack
		base = append(base, 'a')
		id = hashObject(sha1.Size, Blob, base)
		want[id] = len(base)
	}
	db := p.open(t)
	for _, jobs := range []int{1, 3} {
		var mu sync.Mutex
		got := map[OID]int{}
		err := Walk(context.Background(), db, All, jobs, Visitor[int]{
			Visit: func(_ int, o *Object, base int) int {
				if o.Edits != nil && len(o.Data) != base+1 {
					t.Errorf("%s has %d bytes, its base %d", o.ID, len(o.Data), base)
				}
				if n := len(o.Data) - size/6*6; !bytes.HasPrefix(o.Data, []byte("large ")) || strings.Trim(string(o.Data[len(o.Data)-n:]), "ab") != "" {
					t.Errorf("%s has the wrong content", o.ID)
				}
				mu.Lock()
				defer mu.Unlock()
				got[o.ID] = len(o.Data)
				return len(o.Data)
			},
			Fail: func(f Failure) { t.Error(f) },
		})
		if err != nil {
			t.Fatal(err)
		}
		for id, n := range want {
			if got[id] != n {
				t.Errorf("%s: %d bytes, want %d", id, got[id], n)
			}
		}
	}
}

// FuzzPack reads anything as the objects of a pack without an index: it must
// neither panic nor hang, and what it gives must have the ID it says.
func FuzzPack(f *testing.F) {
	text := []byte("0123456789abcdef")
	textID := hashObject(sha1.Size, Blob, text)
	var p packer
	p.whole(f, Blob, 16, text)
	p.delta(f, textID, []byte("\x10\x14\x90\x10\x04more"))
	f.Add(p.Bytes()[packHeaderLen:], p.count)
	f.Add([]byte{}, uint32(0))
	p.begin(ofsDelta, 5)
	p.WriteByte(40)
	p.Write(deflated(f, []byte("\x10\x10\x90\x10")))
	f.Add(p.Bytes()[packHeaderLen:], p.count)
	f.Fuzz(func(t *testing.T, body []byte, count uint32) {
		data := append([]byte("PACK\x00\x00\x00\x02\x00\x00\x00\x00"), body...)
		fo := &forest{pack: &pack{path: "fuzz.pack", data: data, hashSize: sha1.Size}}
		db := openBytes(t, fo, int(count), nil)
		objects, _ := walkAll(t, db)
		for id := range objects {
			typ, data, err := db.Read(t.Context(), id)
			if err != nil {
				t.Errorf("%s was visited, but cannot be read: %v", id, err)
			} else if db.Hash(typ, data) != id || string(data) != objects[id] {
				t.Errorf("%s is not what it says", id)
			}
		}
		// With an index that claims the objects to be deltas of each other.
		if x := fo.pack.index; x != nil && x.count() > 0 {
			for i := range x.count() {
				_, _, _ = db.Read(t.Context(), x.id(i))
			}
		}
	})
}

// TestHandOver has one tree with more branches than one worker should climb, so
// that all others are hungry from the start.
func TestHandOver(t *testing.T) {
	t.Parallel()
	text := []byte("0123456789abcdef")
	var p packer
	p.whole(t, Blob, 16, text)
	parents, want := [][]byte{text}, 1
	for i := 0; want < 1500; i++ {
		// Each other object has many children, the others few.
		base := parents[i]
		for c := range []int{300, 2, 1, 3}[i%4] {
			n := byte(len(base))
			insert := string([]byte{byte(i), byte(i >> 8), byte(c), byte(c >> 8)})
			delta := string([]byte{n, n + 4, 0x90, n, 4}) + insert
			p.delta(t, hashObject(sha1.Size, Blob, base), []byte(delta))
			if len(base) < 100 {
				parents = append(parents, []byte(string(base)+insert))
			}
			want++
		}
	}
	db := p.open(t)
	for _, jobs := range []int{1, 2, 5} {
		var mu sync.Mutex
		got := map[OID]bool{}
		err := Walk(t.Context(), db, All, jobs, Visitor[string]{
			Visit: func(_ int, o *Object, base string) string {
				runtime.Gosched()
				mu.Lock()
				defer mu.Unlock()
				if got[o.ID] || o.Edits != nil && !strings.HasPrefix(string(o.Data), base) {
					t.Errorf("%s is visited twice, or has the wrong base", o.ID)
				}
				got[o.ID] = true
				return string(o.Data)
			},
			Fail: func(f Failure) { t.Error(f) },
		})
		if err != nil || len(got) != want {
			t.Errorf("%d jobs: %d objects, want %d (%v)", jobs, len(got), want, err)
		}
	}
}

// deflated returns data as a zlib stream.
func deflated(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
