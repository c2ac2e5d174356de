package unpack

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

const arMagic = "!<arch>\n"

// errHeader says that a header is not as its format has it.
var errHeader = errors.New("a header is malformed")

// ar opens an archive of ar(5), such as a package of Debian. Its members lie in it as they
// are, so that their text has been seen already: only what is packed itself is opened.
func (w *walk) ar(layers []string, b *bufio.Reader) {
	if _, err := b.Discard(len(arMagic)); err != nil {
		w.fail(layers, noEOF(err))
		return
	}
	for !w.stopped() {
		const headerSize = 60
		header, err := b.Peek(headerSize)
		if len(bytes.TrimSpace(header)) == 0 {
			w.fail(layers, err)
			return
		}
		if len(header) < headerSize || string(header[58:]) != "`\n" {
			w.fail(layers, errHeader)
			return
		}
		name := strings.TrimSuffix(strings.TrimRight(string(header[:16]), " "), "/")
		n, err := strconv.ParseInt(strings.TrimRight(string(header[48:58]), " "), 10, 64)
		if err != nil || n < 0 {
			w.fail(layers, errHeader)
			return
		}
		_, _ = b.Discard(headerSize)
		body := &io.LimitedReader{R: b, N: n}
		head, _ := b.Peek(int(min(n, tarBlock)))
		if kind := Kind(head); kind != "" {
			w.member(within(layers, kindAr, name), body)
		}
		if err := skipRest(b, body, n&1); err != nil {
			w.fail(layers, err)
			return
		}
	}
}

// skipRest reads what is left of a member, and some padding, which may be missing at
// the end.
func skipRest(b *bufio.Reader, body *io.LimitedReader, padding int64) error {
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	if body.N > 0 {
		return io.ErrUnexpectedEOF
	}
	_, err := io.CopyN(io.Discard, b, padding)
	if err == io.EOF {
		return nil
	}
	return err
}

// cpioHeader is a header of cpio(5): the size of the header, of the name with its NUL,
// and of the content, and by what they are padded.
type cpioHeader struct {
	length, name, content, padding int64
	mode                           int64
}

// parseCpio reads a header in one of the portable formats: "new" with hexadecimal
// numbers, "odc" with octal ones.
func parseCpio(b []byte) (h cpioHeader, ok bool) {
	ok = true
	number := func(from, length, base int) int64 {
		n, err := strconv.ParseUint(string(b[from:from+length]), base, 40)
		ok = ok && err == nil
		return int64(n)
	}
	switch {
	case len(b) >= 110 && (string(b[:6]) == "070701" || string(b[:6]) == "070702"):
		h = cpioHeader{length: 110, mode: number(14, 8, 16), content: number(54, 8, 16), name: number(94, 8, 16), padding: 4}
	case len(b) >= 76 && string(b[:6]) == "070707":
		h = cpioHeader{length: 76, mode: number(18, 6, 8), name: number(59, 6, 8), content: number(65, 11, 8), padding: 1}
	default:
		return h, false
	}
	return h, ok && h.name > 0 && h.name <= 1<<16
}

func isCpio(data []byte) bool {
	_, ok := parseCpio(data)
	return ok
}

// cpio opens an archive of cpio(1).
func (w *walk) cpio(layers []string, b *bufio.Reader) {
	for !w.stopped() {
		head, err := b.Peek(110)
		h, ok := parseCpio(head)
		if !ok {
			if len(head) < 76 {
				w.fail(layers, noEOF(err))
			} else {
				w.fail(layers, errHeader)
			}
			return
		}
		_, _ = b.Discard(int(h.length))
		name := make([]byte, h.name+pad(h.length+h.name, h.padding))
		if _, err := io.ReadFull(b, name); err != nil {
			w.fail(layers, noEOF(err))
			return
		}
		plain, _, _ := strings.Cut(string(name), "\x00")
		if plain == "TRAILER!!!" {
			return
		}
		body := &io.LimitedReader{R: b, N: h.content}
		const kindOfFile, regular = 0o170000, 0o100000
		if h.mode&kindOfFile == regular {
			w.member(within(layers, kindCpio, plain), body)
		}
		if err := skipRest(b, body, pad(h.content, h.padding)); err != nil {
			w.fail(layers, err)
			return
		}
	}
}

// pad returns how many bytes are missing to a multiple of a power of two.
func pad(n, to int64) int64 { return -n & (to - 1) }

// rpm opens a package of RPM (rpm.org, "Package format V4"): a lead of 96 bytes, a header
// of signatures padded to eight bytes, a header, and an archive of cpio, compressed. The
// headers hold texts as they are.
func (w *walk) rpm(layers []string, b *bufio.Reader) {
	const lead, intro, entry = 96, 16, 16
	_, err := b.Discard(lead)
	for i := 0; i < 2 && err == nil; i++ {
		head, peeked := b.Peek(intro)
		if peeked != nil {
			err = peeked
			break
		}
		if string(head[:4]) != "\x8e\xad\xe8\x01" {
			err = errHeader
			break
		}
		entries, content := int64(binary.BigEndian.Uint32(head[8:])), int64(binary.BigEndian.Uint32(head[12:]))
		n := intro + entries*entry + content
		if i == 0 {
			n += pad(content, 8)
		}
		_, err = io.CopyN(io.Discard, b, n)
	}
	if err != nil {
		w.fail(layers, noEOF(err))
		return
	}
	w.member(append(slices.Clip(layers), kindRpm), b)
}
