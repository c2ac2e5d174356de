// Package unpack opens archives and compressed files, one inside the other, in
// memory: nothing is written to disk. What is too large, too deep or too good at
// being small is left, and said to be.
package unpack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/scanner/large"
)

// Limits bound what is unpacked. Reaching one is a [Skip] by policy; what was read
// until then counts.
type Limits struct {
	// Depth is how many archives and compressed files may lie inside one another: a
	// .tar.gz is two. 0 opens none.
	Depth int
	// Member is how many bytes of one member are read.
	Member int64
	// Total is how many bytes are unpacked of one archive with all that is in it.
	Total int64
	// Ratio is how many times its own size an archive may unpack to, with all that is
	// in it, beyond the first 16 MiB.
	Ratio int64
}

// spared is what an archive may unpack to whatever the ratio, in bytes: small
// archives of logs are read whole, and a bomb of this size is none.
const spared = 16 << 20

// DefaultLimits returns the limits that hold if no others are asked for. Logs and
// JSON shrink to a tenth or a fiftieth; deflate can do no better than 1:1032, and
// bombs that nest or overlap reach millions.
func DefaultLimits() Limits {
	return Limits{Depth: 8, Member: 256 << 20, Total: 2 << 30, Ratio: 200}
}

// Member is something that was unpacked.
type Member struct {
	// Layers name the way to it, outermost first: "gzip", "tar:path/in/it".
	Layers []string
	// Data is what is in it, up to a limit. It is valid during the visit: the memory of large
	// members is used again.
	Data []byte
}

// Skip is something that was not read, or not to its end, and why.
type Skip struct {
	// Layers lead to it from what was unpacked.
	Layers []string
	// Failed says that reading it failed: another run may succeed. Otherwise it was
	// left by decision (a limit, a password, a format that is not read), or it is
	// damaged; what could be recovered of it was read, and its reason begins with
	// "damaged".
	Failed bool
	Reason string
}

// Packed reports whether Walk has anything to open in data. It costs little more than
// reading every sixtieth byte.
func Packed(data []byte) bool {
	if Kind(data) != "" {
		return true
	}
	for range encodedRuns(data) {
		return true
	}
	return false
}

// PackedNear reports what [Packed] does for data whose beginning and end show no kind,
// and that differs only in data[from:to] from a text that is not packed. Where something
// was removed from that text, from and to are equal.
func PackedNear(data []byte, from, to int) bool {
	if !runNear(data, from, to) {
		return false
	}
	begin := runBefore(data, from)
	for range encodedRunsIn(data, max(0, begin-1), min(to+minRun+block, len(data))) {
		return true
	}
	return false
}

// Walk opens data, if it is an archive or compressed, and what is packed in that,
// and so on. In anything else it opens what was compressed and then encoded in base64.
// visit is called with each member, not with data itself. When ctx ends, the walk
// does. It may run in several goroutines; no more than one of them at a time holds large
// members (package large).
func Walk(ctx context.Context, data []byte, limits Limits, visit func(Member)) []Skip {
	w := newWalk(ctx, data, limits)
	w.visit = visit
	defer w.release()
	if kind := Kind(data); kind != "" {
		w.open(nil, kind, data)
	} else {
		w.encoded(nil, data)
	}
	return w.all()
}

// walk is the unpacking of one archive with all that is in it.
type walk struct {
	limits Limits
	visit  func(Member)
	ctx    context.Context // of the one call of Walk
	skips  []Skip
	// What is beyond maxSkips is only counted.
	more       int
	moreFailed bool
	// Neither what decompressors gave nor what members held may get larger than
	// allowed; over says that one has.
	allowed             int64
	decompressed, given int64
	over                bool
	turn                *large.Turn // to hold large members
	mine                bool        // the turn ends with the walk
	spare               []byte      // of a large member; nil for none
}

// newWalk returns the walk through data.
func newWalk(ctx context.Context, data []byte, limits Limits) *walk {
	w := &walk{limits: limits, ctx: ctx, allowed: limits.Total}
	if w.turn = large.Of(ctx); w.turn == nil {
		w.turn, w.mine = new(large.Turn), true
	}
	if size := int64(len(data)); size < (math.MaxInt64-spared)/max(limits.Ratio, 1) {
		w.allowed = min(limits.Total, spared+size*limits.Ratio)
	}
	return w
}

// open opens data, which lies behind layers.
func (w *walk) open(layers []string, kind string, data []byte) {
	title, opened := titles[kind]
	switch {
	case !opened:
		w.leave(layers, "%s, its contents were not unpacked", kind)
	case len(layers) >= w.limits.Depth:
		w.leave(layers, "%s, its contents were not unpacked: archives are opened up to %d deep", title, w.limits.Depth)
	case kind == kindZip:
		w.zip(layers, data)
	case kind == kindAsar:
		w.asar(layers, data)
	case kind == kindPDF:
		w.pdf(layers, data)
	case kind == kindPack:
		w.pack(layers, data)
	case kind == kindScript:
		at, kind := payload(data)
		w.stream(layers, kind, bytes.NewReader(data[at:]))
	case kind == kindTable:
		w.table(layers, data)
	case kind == kindSqlite:
		w.sqlite(layers, data)
	case kind == kindBundle:
		w.pack(layers, packOf(data))
	default:
		w.stream(layers, kind, bytes.NewReader(data))
	}
}

// stream opens what r gives, which is of one of the kinds that are streams.
func (w *walk) stream(layers []string, kind string, r io.Reader) {
	b := newBuffer(watched{w, r})
	defer dropBuffer(b)
	switch kind {
	case kindTar:
		w.tar(layers, b)
	case kindAr:
		w.ar(layers, b)
	case kindCpio:
		w.cpio(layers, b)
	case kindRpm:
		w.rpm(layers, b)
	default:
		layers = append(slices.Clip(layers), kind)
		w.member(layers, w.decompress(layers, kind, b))
	}
}

// watched ends reading when the walk does: what decompressors skip may be long.
type watched struct {
	w *walk
	r io.Reader
}

func (r watched) Read(b []byte) (int, error) {
	if r.w.stopped() {
		return 0, errStopped
	}
	return r.r.Read(b)
}

// member reads what r gives and visits it. What is packed itself is opened; if that
// can be done on the fly, it is not held.
func (w *walk) member(layers []string, r io.Reader) {
	b := newBuffer(r)
	defer dropBuffer(b)
	head, err := b.Peek(tarBlock)
	if len(head) == 0 {
		w.fail(layers, err)
		return
	}
	if kind := streamKind(head); kind != "" && len(layers) < w.limits.Depth {
		w.stream(layers, kind, b)
		return
	}
	data, cut, err := w.read(layers, b)
	w.fail(layers, err)
	w.held(layers, data, !cut && err == nil)
	if cap(data) > large.From {
		w.spare = data[:0]
	}
}

// held visits a member and opens what is packed in it; a kind that can only be read
// from its end, if it is whole.
func (w *walk) held(layers []string, data []byte, whole bool) {
	w.visit(Member{layers, data})
	switch kind := Kind(data); {
	case w.stopped():
	case kind == "":
		w.encoded(layers, data)
	case whole || kind == kindZip || kind == kindPDF:
		w.open(layers, kind, data)
	}
}

// read returns what r gives, up to the limits; cut says that one was reached. With an
// error there may be data as well.
func (w *walk) read(layers []string, r io.Reader) (data []byte, cut bool, err error) {
	b := bytes.NewBuffer(w.spare)
	w.spare = nil
	for int64(b.Len()) <= w.limits.Member {
		const piece = 1 << 20
		if b.Len() >= large.From && int64(b.Cap()) <= w.limits.Member {
			w.turn.Take()
			b.Grow(int(w.limits.Member) + 2*piece - b.Len()) // once: a buffer that doubles takes three times as much
		}
		n, err := io.CopyN(b, r, min(piece, w.limits.Member+1-int64(b.Len())))
		if stop := w.spend(layers, &w.given, n); stop != nil {
			return b.Bytes(), true, stop
		}
		if err == io.EOF {
			return b.Bytes(), false, nil
		}
		if err != nil {
			return b.Bytes(), false, err
		}
	}
	w.leave(layers, "larger than %s: only so much of it was read", size(w.limits.Member))
	return b.Bytes()[:w.limits.Member], true, nil
}

func (w *walk) release() {
	if w.spare = nil; w.mine {
		w.turn.End()
	}
}

// within returns the layers with one more: a kind, and the name of a member.
func within(layers []string, kind, name string) []string {
	const longest = 1 << 10
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	name = strings.ToValidUTF8(strings.ReplaceAll(name, `\`, "/"), string(utf8.RuneError))
	return append(slices.Clip(layers), kind+":"+name)
}

// size writes a number of bytes in the largest unit it is a whole number of.
func size(n int64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if shift := 30 - 10*i; n > 0 && n>>shift<<shift == n {
			return fmt.Sprintf("%d %s", n>>shift, unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
