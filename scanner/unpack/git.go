package unpack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// packMagic begins a pack of version 2, the only one that git writes (gitformat-pack(5)).
const packMagic = "PACK\x00\x00\x00\x02"

// isBundle checks the signature of a bundle (gitformat-bundle(5)).
func isBundle(data []byte) bool {
	return bytes.HasPrefix(data, []byte("# v2 git bundle\n")) || bytes.HasPrefix(data, []byte("# v3 git bundle\n"))
}

// packOf returns the pack of a bundle: it follows the empty line that ends the header.
func packOf(bundle []byte) []byte {
	_, pack, _ := bytes.Cut(bundle, []byte("\n\n"))
	return pack
}

// isLooseObject checks the header of zlib (RFC 1950, 2.2), and that an object's header
// follows, such as "blob 12" and a zero byte (gitformat-loose(5)).
func isLooseObject(data []byte) bool {
	if len(data) <= zlibHeader || (int(data[0])<<8|int(data[1]))%31 != 0 {
		return false
	}
	r := flateReaders.Get().(io.ReadCloser)
	defer flateReaders.Put(r)
	if r.(flate.Resetter).Reset(bytes.NewReader(data[zlibHeader:]), nil) != nil {
		return false
	}
	head := make([]byte, len("commit 12345678901\x00"))
	n, _ := io.ReadFull(r, head)
	line, _, ended := bytes.Cut(head[:n], []byte("\x00"))
	kind, length, _ := strings.Cut(string(line), " ")
	return ended && slices.Contains([]string{"blob", "tree", "commit", "tag"}, kind) &&
		length != "" && strings.Trim(length, "0123456789") == ""
}

// pack opens a pack of git objects. Trees are visited, too, for the names in them.
func (w *walk) pack(layers []string, data []byte) {
	w.turn.Take()
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	failures, err := odb.WalkPack(ctx, data, w.allowed-w.decompressed, func(o *odb.Object) {
		within := within(layers, kindPack, o.ID.String())
		switch stopped := w.spend(within, &w.given, int64(len(o.Data))); {
		case stopped != nil:
			stop()
		case int64(len(o.Data)) > w.limits.Member:
			w.leave(within, "larger than %s: it was not read", size(w.limits.Member))
		default:
			w.held(within, bytes.Clone(o.Data), true) // members outlive a visit
		}
	})
	if w.stopped() {
		return
	}
	w.fail(layers, err)
	if len(failures) > 0 {
		first := failures[0].Err
		if errors.Is(first, odb.ErrRoom) {
			w.leave(layers, "the rest was not read: its objects inflate to more than %s", size(w.allowed))
			return
		}
		w.leave(layers, "damaged: %d of its objects could not be read; the first: %v", len(failures), first)
	}
}
