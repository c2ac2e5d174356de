package unpack

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
)

// zip rewrites an archive. Only members that have an edit are compressed anew.
func (r *rewriting) zip(layers []string, data []byte) []byte {
	if bytes.Count(data, []byte("PK\x01\x02")) > maxMembers {
		r.unwritable(layers, nil, data)
		return data
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) || !isPlainZip(archive, data) || signature(archive) != "" {
		r.unwritable(layers, archive, data)
		return data
	}
	if r.editor.Matches([]byte(archive.Comment)) {
		r.leave(layers, "the comment of the archive is not rewritten")
	}
	forget := r.editor.mark()
	edited := make([][]byte, len(archive.File))
	changed := false
	for i, f := range archive.File {
		inner := within(layers, kindZip, f.Name)
		if r.editor.Matches([]byte(f.Name)) || r.editor.Matches([]byte(f.Comment)) {
			r.leave(inner, "its name or its comment is not rewritten")
		}
		edited[i] = r.zipMember(inner, f)
		changed = changed || edited[i] != nil
	}
	if !changed {
		return data
	}
	rewritten, err := writeZip(archive, edited)
	if err != nil {
		forget()
		r.fail(layers, err)
		return data
	}
	return rewritten
}

// unwritable walks an archive that cannot be written, and says why if it has something to
// edit.
func (r *rewriting) unwritable(layers []string, archive *zip.Reader, data []byte) {
	reason := "it cannot be rewritten: it is damaged, or not only an archive"
	if name := signature(archive); name != "" {
		reason = "it cannot be rewritten: the archive is signed (" + name + ")"
	}
	visit := r.visit
	defer func() { r.visit = visit }()
	r.visit = func(m Member) {
		if r.editor.Matches(m.Data) {
			r.leave(m.Layers, "%s", reason)
		}
	}
	r.open(layers, kindZip, data)
}

// isPlainZip reports whether data is an archive and nothing else, unlike a program that
// unpacks itself.
func isPlainZip(archive *zip.Reader, data []byte) bool {
	return isLocalHeader(data) && isZipEnd(data, len(data)-directoryEnd-len(archive.Comment))
}

// signature returns the name of the member with the signature of an archive: of a jar or an
// Android package, a Windows package, an NuGet package, an Office document, an Open
// Packaging file or an iOS application; empty if there is none.
func signature(archive *zip.Reader) string {
	if archive == nil {
		return ""
	}
	for _, f := range archive.File {
		dir, base := path.Split(f.Name)
		switch extension := strings.ToUpper(path.Ext(base)); {
		case dir == "META-INF/" && slices.Contains([]string{".SF", ".RSA", ".DSA", ".EC"}, extension),
			base == "AppxSignature.p7x", base == ".signature.p7s", dir == "_xmlsignatures/" && base != "",
			strings.HasPrefix(f.Name, "package/services/digital-signature/"), strings.HasSuffix(dir, "/_CodeSignature/"):
			return f.Name
		}
	}
	return ""
}

// zipMember returns the content of a member with its edits; nil if it has none.
func (r *rewriting) zipMember(layers []string, f *zip.File) []byte {
	switch kind, known := methods[f.Method]; {
	case r.stopped():
	case f.Flags&flagEncrypted != 0:
		r.leave(layers, "encrypted")
	case !known:
		r.leave(layers, "compressed by method %d, which is not read", f.Method)
	default:
		raw, err := f.OpenRaw()
		if err != nil {
			r.fail(layers, err)
			return nil
		}
		if kind == kindLzma {
			data, err := io.ReadAll(raw)
			r.fail(layers, err)
			raw = zipLzma(data, &zipSum{size: f.UncompressedSize64})
		}
		if kind != "" {
			b := newBuffer(watched{r.walk, raw})
			defer dropBuffer(b)
			raw = r.decompress(layers, kind, b)
		}
		text, whole := r.whole(layers, &zipSum{r: raw, crc: f.CRC32, size: f.UncompressedSize64})
		if !whole {
			return nil
		}
		if edited := r.content(layers, text); !same(text, edited) {
			return edited
		}
	}
	return nil
}

// writeZip writes an archive with the edited contents, in place of the contents of the
// members of the same index, where they are not nil.
func writeZip(archive *zip.Reader, edited [][]byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.SetComment(archive.Comment); err != nil {
		return nil, err
	}
	for i, f := range archive.File {
		header := f.FileHeader
		content := edited[i]
		if content == nil {
			if err := w.Copy(f); err != nil {
				return nil, err
			}
			continue
		}
		header.CRC32, header.UncompressedSize64 = crc32.ChecksumIEEE(content), uint64(len(content))
		if header.Method != zip.Store {
			header.Method = zip.Deflate
			var err error
			if content, err = deflate(content); err != nil {
				return nil, err
			}
		}
		header.CompressedSize64 = uint64(len(content))
		member, err := w.CreateRaw(&header)
		if err != nil {
			return nil, err
		}
		if _, err := member.Write(content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// deflaters are compressors that are free: they are large.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(io.Discard, flate.DefaultCompression) // the level is valid
	return w
}}

func deflate(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&b)
	_, err := w.Write(content)
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}
