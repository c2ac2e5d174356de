// Package unpack opens archives and compressed files, one inside the other, in
// memory: nothing is written to disk. What is too large, too deep or too good at
// being small is left, and said to be.
package unpack

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
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
	// Data is what is in it, up to a limit.
	Data []byte
}

// Skip is something that was not read, or not to its end, and why.
type Skip struct {
	// Layers lead to it from what was unpacked.
	Layers []string
	// Failed says that it is damaged. Otherwise it was left by decision: for a limit,
	// a password, or a format that is not known here.
	Failed bool
	Reason string
}

// Walk opens data, if it is an archive or compressed, and what is packed in that,
// and so on. visit is called with each member, not with data itself. When ctx ends,
// the walk does. It may run in several goroutines; no more than one of them at a
// time holds members above 64 MiB.
func Walk(ctx context.Context, data []byte, limits Limits, visit func(Member)) []Skip {
	kind := Kind(data)
	if kind == "" {
		return nil
	}
	w := &walk{limits: limits, visit: visit, done: ctx.Err, allowed: limits.Total}
	if size := int64(len(data)); size < (math.MaxInt64-spared)/max(limits.Ratio, 1) {
		w.allowed = min(limits.Total, spared+size*limits.Ratio)
	}
	defer w.release()
	w.open(nil, kind, bytes.NewReader(data), data)
	if w.more > 0 {
		w.skips = append(w.skips, Skip{Failed: w.moreFailed, Reason: fmt.Sprintf("%d more things in it were not read", w.more)})
	}
	return w.skips
}

// walk is the unpacking of one archive with all that is in it.
type walk struct {
	limits Limits
	visit  func(Member)
	done   func() error // of the context
	skips  []Skip
	// What is beyond maxSkips is counted alone.
	more       int
	moreFailed bool
	// Neither what decompressors gave nor what members held may get larger than
	// allowed; over says that one has.
	allowed             int64
	decompressed, given int64
	over                bool
	large               bool // it holds largeMembers
}

// open opens what r gives, which lies behind layers. data is the same; nil if it is
// not in memory, which is for kinds that are streams.
func (w *walk) open(layers []string, kind string, r io.Reader, data []byte) {
	switch {
	case kind == kindXz || kind == kind7z || kind == kindRar:
		w.leave(layers, "%s, its contents were not unpacked", titles[kind])
	case len(layers) >= w.limits.Depth:
		w.leave(layers, "%s, its contents were not unpacked: archives are opened up to %d deep", titles[kind], w.limits.Depth)
	case kind == kindZip:
		w.zip(layers, data)
	case kind == kindAsar:
		w.asar(layers, data)
	case kind == kindTar:
		w.tar(layers, r)
	default:
		w.compressed(layers, kind, r)
	}
}

// member reads what r gives and visits it. What is packed itself is opened; if that
// can be done on the fly, it is not held.
func (w *walk) member(layers []string, r io.Reader) {
	b := bufio.NewReaderSize(r, 32<<10)
	head, err := b.Peek(tarBlock)
	if len(head) == 0 {
		w.fail(layers, err)
		return
	}
	kind := Kind(head)
	if isStream(kind) && len(layers) < w.limits.Depth {
		w.open(layers, kind, b, nil)
		return
	}
	data, cut, err := w.read(layers, b)
	w.visit(Member{layers, data})
	w.fail(layers, err)
	if kind = Kind(data); kind != "" && !cut && err == nil && !w.stopped() {
		w.open(layers, kind, bytes.NewReader(data), data)
	}
}

// read returns what r gives, up to the limits; cut says that one was reached. With an
// error there may be data as well.
func (w *walk) read(layers []string, r io.Reader) (data []byte, cut bool, err error) {
	var b bytes.Buffer
	for int64(b.Len()) <= w.limits.Member {
		const piece = 1 << 20
		if b.Len() > largeMember && !w.large {
			largeMembers.Lock()
			w.large = true
		}
		n, err := io.CopyN(&b, r, min(piece, w.limits.Member+1-int64(b.Len())))
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

// largeMember is the size from which on one walk at a time holds members.
const largeMember = 64 << 20

var largeMembers sync.Mutex

func (w *walk) release() {
	if w.large {
		largeMembers.Unlock()
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
	for shift, unit := range map[int]string{30: "GiB", 20: "MiB", 10: "KiB"} {
		if n>>shift<<shift == n && n>>shift > 0 && n>>shift < 1024 {
			return fmt.Sprintf("%d %s", n>>shift, unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
