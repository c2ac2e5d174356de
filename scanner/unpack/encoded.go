package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/qasleaks/qasleaks/scanner/large"
)

// layerBase64 is the layer of base64 in a text.
const layerBase64 = "base64"

// minRun is the shortest run of base64 that is looked at, in characters: 48 bytes. A
// key has 50 and more of them, which do not compress.
const minRun = 64

// headRun is how many characters of a run show what is in it: enough for the magic number
// of tar.
const headRun = 720

// encoded opens what was compressed and then encoded in base64 in data, also twice, and
// visits text in UTF-16 that was.
func (w *walk) encoded(layers []string, data []byte) {
	for run := range encodedRuns(data) {
		if w.stopped() {
			return
		}
		if len(layers) >= w.limits.Depth {
			w.leave(layers, "base64 of compressed data, its contents were not unpacked: archives are opened up to %d deep", w.limits.Depth)
			return
		}
		if len(run.text) > large.From {
			w.turn.Take()
		}
		decoded := run.decode(w.limits.Member)
		if stop := w.spend(layers, &w.given, int64(len(decoded))); stop != nil {
			return
		}
		inner := append(slices.Clip(layers), layerBase64)
		switch kind := encodedKind(decoded); kind {
		case "":
		case layerBase64:
			w.encoded(inner, decoded)
		case kindZlib:
			w.stream(inner, kind, bytes.NewReader(decoded))
		case kindUTF16:
			w.visit(Member{inner, decoded})
		default:
			w.open(inner, kind, decoded)
		}
	}
}

// encodedKind recognizes what a run of base64 begins with: compressed data, an archive,
// or base64 of such.
func encodedKind(head []byte) string {
	if kind := Kind(head); kind != "" && kind != kindTar && kind != kindAr && kind != kindCpio {
		return kind // in those, text is as it is
	}
	if isZlib(head) {
		return kindZlib
	}
	if isUTF16(head) {
		return kindUTF16
	}
	if len(head) >= minRun && mayBePacked(head) && !slices.ContainsFunc(head[:minRun], func(c byte) bool { return base64Digit[c] < 0 }) {
		if inner := (&encodedRun{text: head}).decode(headRun); encodedKind(inner) != "" {
			return layerBase64
		}
	}
	return ""
}

// kindUTF16 is text of two bytes a character, as PowerShell takes its commands in base64.
// It is not packed, but in base64 it is seen as little as what is.
const kindUTF16 = "utf-16"

// isUTF16 reports whether data begins with ASCII text in UTF-16, little-endian.
func isUTF16(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xff\xfe"))
	if len(data) < minArchive {
		return false
	}
	for i := 0; i < minArchive; i += 2 {
		if c := data[i]; data[i+1] != 0 || c < ' ' && c != '\t' && c != '\r' && c != '\n' || c > '~' {
			return false
		}
	}
	return true
}

// isZlib checks a header of RFC 1950 and whether something can be inflated after it.
func isZlib(data []byte) bool {
	if len(data) < minArchive || data[0] != 0x78 || (uint(data[0])<<8|uint(data[1]))%31 != 0 || data[1]&0x20 != 0 {
		return false
	}
	r := flateReaders.Get().(io.ReadCloser)
	defer flateReaders.Put(r)
	_ = r.(flateResetter).Reset(bytes.NewReader(data[zlibHeader:]), nil)
	n, err := io.ReadFull(r, make([]byte, 64))
	return n > 0 && (err == nil || errors.Is(err, io.ErrUnexpectedEOF))
}

type flateResetter interface {
	Reset(r io.Reader, dict []byte) error
}

// encodedRuns yields the runs of base64 in data that begin with what is packed. A run
// of minRun digits or more has a whole block of half as many; where one may be, it is
// followed back to its beginning.
func encodedRuns(data []byte) func(yield func(*encodedRun) bool) {
	return encodedRunsIn(data, 0, len(data))
}

// encodedRunsIn yields those of the runs that have a block in data[from:to]. A run that
// goes on from before data[from-1] is not one of them.
func encodedRunsIn(data []byte, from, to int) func(yield func(*encodedRun) bool) {
	return func(yield func(*encodedRun) bool) {
		seen := from // where the last run was seen
		for at := nextRun(data[:to], from); at < to; at = nextRun(data[:to], at+block) {
			if base64Digit[data[at+block/2]] < 0 {
				continue
			}
			begin := runBegin(data, at+block/2, seen)
			seen = at + block/2
			if begin < 0 || len(data)-begin < minRun || !mayBePacked(data[begin:]) {
				continue
			}
			if !isRun(data[begin : begin+minArchive]) {
				continue // shorter than what any kind is recognized by
			}
			run := &encodedRun{text: data[begin:]}
			if encodedKind(run.decode(headRun)) == "" {
				continue
			}
			if !yield(run) {
				return
			}
			at = max(at, (begin+run.length)/block*block-block)
			seen = max(seen, begin+run.length)
		}
	}
}

// headReach is how far from its beginning, in bytes, a run's first headRun characters end:
// some are escaped, and lines end between them.
const headReach = 2 << 10

// runBefore returns where the run of base64 that may go on at data[at] begins, if that is
// less than headReach before; an offset after its beginning otherwise.
func runBefore(data []byte, at int) int {
	least := max(0, at-headReach)
	for at > least {
		c := data[at-1]
		if isRunByte(c) {
			at--
			continue
		}
		// In a wrapped run, indentation and the end of a line of at least minLine digits
		// are before.
		line := at
		for line > least && (data[line-1] == ' ' || data[line-1] == '\t') {
			line--
		}
		if line == least || data[line-1] != '\n' {
			break
		}
		line--
		if line > least && data[line-1] == '\r' {
			line--
		}
		if line > least && data[line-1] == '=' { // a soft end in quoted-printable
			line--
		}
		if line-minLine < least || !isRun(data[line-minLine:line]) {
			break
		}
		at = line
	}
	return at
}

// isRun reports whether text may be a part of a line of base64.
func isRun(text []byte) bool {
	for _, c := range text {
		if !isRunByte(c) {
			return false
		}
	}
	return true
}

// isRunByte reports whether c is a digit of base64, or of how one is escaped.
func isRunByte(c byte) bool { return base64Digit[c] >= 0 || c == '\\' || c == '%' }

// block is how far apart data is looked at for runs.
const block = minRun / 2

// nextRun returns the first of every so many bytes from data[at] on around which there may
// be a run: the 16 bytes in the middle of its block may be digits. It returns len(data)
// for none.
func nextRun(data []byte, at int) int {
	for ; at+block <= len(data); at += block {
		if mayBeDigits(data[at+8:]) {
			return at
		}
	}
	return len(data)
}

// runNear reports whether a line of minLine digits may touch data[from:to].
func runNear(data []byte, from, to int) bool {
	to = min(to+minLine, len(data))
	for at := max(0, from-minLine); at+16 <= to; at += 16 {
		if mayBeDigits(data[at:]) {
			return true
		}
	}
	return false
}

// mayBeDigits reports whether none of the first 16 bytes of b is below the least digit of
// base64, as spaces, quotes and brackets are, or above 0x7f.
func mayBeDigits(b []byte) bool {
	const least, high = '+' * 0x0101010101010101, 0x8080808080808080
	b = b[:16:16]
	x, y := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	return (x|y|(x-least)|(y-least))&high == 0
}

// runBegin returns where the run of base64 at data[at] begins; -1 if it goes on from before
// data[seen].
func runBegin(data []byte, at, seen int) int {
	for begin := at; begin > seen; begin-- {
		c := data[begin-1]
		if base64Digit[c] >= 0 {
			continue
		}
		if c == '\\' || c == '%' {
			if _, n := escapedDigit(data[begin-1:]); n > 0 {
				continue
			}
			if c == '\\' {
				return begin + 1 // what follows is of the escape
			}
		}
		return begin
	}
	if seen == 0 {
		return 0
	}
	return -1
}

// mayBePacked looks at the first characters of a run: of most runs no more is decoded.
func mayBePacked(run []byte) bool {
	if heads[uint16(run[0])|uint16(run[1])<<8] {
		return true
	}
	// Of UTF-16, the second byte is 0, and so are four bits of the second digit.
	first, second := base64Digit[run[0]], base64Digit[run[1]]
	return second >= 0 && second&15 == 0 && 2 <= first && first < 32 && len(run) > 2 && run[2] < 'M' && run[2] >= 'A'
}
