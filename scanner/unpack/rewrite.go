package unpack

import (
	"bytes"
	"context"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Editor edits the texts that archives and compressed files have.
type Editor struct {
	// Edit returns an edited text, of the same length if fixed. It returns text itself if
	// there is nothing to edit.
	Edit func(text []byte, fixed bool) []byte
	// Matches reports whether there is something to edit in a text.
	Matches func(text []byte) bool
	// Mark, if not nil, is called before edits of texts that may turn out not to be written.
	// It returns a function that is called if they are not.
	Mark func() (forget func())
}

func (e Editor) mark() (forget func()) {
	if e.Mark == nil {
		return func() {}
	}
	return e.Mark()
}

// Rewrite returns data with its text edited, also the text that is packed in it. Archives
// keep what is not edited: the order, names, times and permissions of their members, and the
// compressed bytes of members that have no edit. What is never edited is returned as it is,
// data itself if that is all of it. The skips say what was not read, as [Walk] does, and
// what has something to edit and cannot be written.
func Rewrite(ctx context.Context, data []byte, limits Limits, e Editor) ([]byte, []Skip) {
	r := &rewriting{walk: newWalk(ctx, data, limits), editor: e}
	defer r.release()
	r.visit = func(m Member) {
		if e.Matches(m.Data) {
			r.leave(m.Layers, "it cannot be rewritten")
		}
	}
	rewritten := r.content(nil, data)
	return rewritten, r.all()
}

// rewriting is the rewriting of an archive with all that is in it. What can only be read is
// walked.
type rewriting struct {
	*walk
	editor Editor
}

// same reports whether an edit of a text has returned the text itself.
func same(text, edited []byte) bool {
	return len(text) == len(edited) && (len(text) == 0 || &text[0] == &edited[0])
}

// content rewrites data, which lies behind layers.
func (r *rewriting) content(layers []string, data []byte) []byte {
	kind := Kind(data)
	switch {
	case kind == "":
		// What is packed comes first: compressed data may have a part of its text as it is.
		return r.editor.Edit(r.runs(layers, data), false)
	case r.stopped():
		return data
	case len(layers) >= r.limits.Depth:
	case kind == kindZip:
		return r.zip(layers, data)
	case kind == kindTar:
		return r.tar(layers, data)
	case kind == kindSqlite:
		return r.sqlite(layers, data)
	case packers[kind] != nil:
		return r.compressed(layers, kind, data)
	case kind == kindAsar || kind == kindAr || kind == kindCpio || kind == kindPDF || kind == kindScript:
		data = r.editor.Edit(data, true) // their members lie in them as they are
	}
	r.open(layers, kind, data)
	return data
}

// packers return a writer of each kind of compression that is written. The original shows
// what the writer is to preserve.
var packers = map[string]func(w io.Writer, original []byte) (io.WriteCloser, error){
	kindGzip: func(w io.Writer, original []byte) (io.WriteCloser, error) {
		before, err := gzip.NewReader(bytes.NewReader(original))
		if err != nil {
			return nil, err
		}
		after := gzip.NewWriter(w)
		after.Header = before.Header
		return after, nil
	},
	kindZlib: func(w io.Writer, _ []byte) (io.WriteCloser, error) { return zlib.NewWriter(w), nil },
	kindZstd: func(w io.Writer, _ []byte) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	},
}

// compressed rewrites what a compressed file has in it.
func (r *rewriting) compressed(layers []string, kind string, data []byte) []byte {
	layers = append(slices.Clip(layers), kind)
	b := newBuffer(watched{r.walk, bytes.NewReader(data)})
	defer dropBuffer(b)
	text, whole := r.whole(layers, r.decompress(layers, kind, b))
	if !whole {
		return data
	}
	forget := r.editor.mark()
	edited := r.content(layers, text)
	if same(text, edited) {
		return data
	}
	packed, err := pack(kind, edited, data)
	if err != nil {
		forget()
		r.fail(layers, err)
		return data
	}
	return packed
}

// pack compresses a text.
func pack(kind string, text, original []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := packers[kind](&b, original)
	if err != nil {
		return nil, err
	}
	if _, err = w.Write(text); err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// whole reads a member to its end. If that is not possible, what was read is only visited.
func (r *rewriting) whole(layers []string, from io.Reader) (data []byte, ok bool) {
	data, cut, err := r.read(layers, from)
	r.fail(layers, err)
	if cut || err != nil {
		r.held(layers, data, false)
		return nil, false
	}
	return data, true
}
