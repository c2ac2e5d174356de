package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory of a decompressor, in bytes: what zstd(1) needs at its
// highest level without further options.
const maxWindow = 128 << 20

// compressed opens a compressed file. The layer has no name: what is in it is the
// file.
func (w *walk) compressed(layers []string, kind string, r io.Reader) {
	layers = append(slices.Clip(layers), kind)
	d, err := decompressor(kind, r)
	if err != nil {
		w.fail(layers, err)
		return
	}
	defer d.Close()
	w.member(layers, meter{w, layers, d})
}

func decompressor(kind string, r io.Reader) (io.ReadCloser, error) {
	switch kind {
	case kindGzip:
		return gzip.NewReader(r)
	case kindBzip2:
		return io.NopCloser(bzip2.NewReader(r)), nil
	}
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// tar opens a tar archive. What is no regular file has no content.
func (w *walk) tar(layers []string, r io.Reader) {
	archive := tar.NewReader(r)
	for !w.stopped() {
		header, err := archive.Next()
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			w.fail(layers, err)
			return
		}
		if header.Typeflag == tar.TypeReg || header.Typeflag == tar.TypeGNUSparse {
			w.member(within(layers, kindTar, header.Name), archive)
		}
	}
}

// directoryEnd is the size of the end of a zip's directory, without a comment
// (APPNOTE.TXT 4.3.16).
const directoryEnd = 22

// Methods of compression (APPNOTE.TXT 4.4.5) beside those that archive/zip has.
const (
	methodBzip2 = 12
	methodZstd  = 93
)

// maxMembers bounds what is read of a zip's directory, which takes several times its
// size in memory.
const maxMembers = 1 << 20

// zip opens a zip archive by its directory.
func (w *walk) zip(layers []string, data []byte) {
	if bytes.Count(data, []byte("PK\x01\x02")) > maxMembers {
		w.leave(layers, "zip archive of more than %d members, its contents were not unpacked", maxMembers)
		return
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		w.fail(layers, err)
		return
	}
	archive.RegisterDecompressor(methodBzip2, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	archive.RegisterDecompressor(methodZstd, func(r io.Reader) io.ReadCloser {
		d, err := decompressor(kindZstd, r)
		if err != nil {
			return io.NopCloser(failing{err})
		}
		return d
	})
	for _, f := range archive.File {
		if w.stopped() {
			return
		}
		inner := within(layers, kindZip, f.Name)
		const encrypted = 1 // APPNOTE.TXT 4.4.4
		if f.Flags&encrypted != 0 {
			w.leave(inner, "encrypted")
			continue
		}
		r, err := f.Open()
		switch {
		case errors.Is(err, zip.ErrAlgorithm):
			w.leave(inner, "compressed by method %d, which is not known here", f.Method)
		case err != nil:
			w.fail(inner, err)
		default:
			w.member(inner, meter{w, inner, r})
			_ = r.Close()
		}
	}
}

// failing is a reader of which nothing can be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// asarFile is an entry in the header of an asar archive (github.com/electron/asar,
// README.md, "Format"): a directory has files, a file an offset in decimal digits.
type asarFile struct {
	Files  map[string]*asarFile `json:"files"`
	Offset string               `json:"offset"`
	Size   int64                `json:"size"`
}

// asar opens an archive of Electron: four sizes of four bytes, of which the second
// tells where the files begin, and the last how long the header in JSON is.
func (w *walk) asar(layers []string, data []byte) {
	begin, length := 8+int64(binary.LittleEndian.Uint32(data[4:])), int64(binary.LittleEndian.Uint32(data[12:]))
	if 16+length > int64(len(data)) || begin > int64(len(data)) {
		w.fail(layers, io.ErrUnexpectedEOF)
		return
	}
	var root asarFile
	if err := json.Unmarshal(data[16:16+length], &root); err != nil {
		w.fail(layers, errors.New("asar: header is malformed"))
		return
	}
	w.asarFiles(layers, "", &root, data[begin:])
}

func (w *walk) asarFiles(layers []string, prefix string, dir *asarFile, data []byte) {
	names := make([]string, 0, len(dir.Files))
	for name := range dir.Files {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	for _, name := range names {
		f := dir.Files[name]
		if f == nil || w.stopped() {
			continue
		}
		if f.Files != nil {
			w.asarFiles(layers, prefix+name+"/", f, data)
			continue
		}
		inner := within(layers, kindAsar, prefix+name)
		if f.Offset == "" {
			continue // a link, or a file that lies beside the archive
		}
		from, err := strconv.ParseInt(f.Offset, 10, 64)
		if err != nil || from < 0 || f.Size < 0 || from > int64(len(data)) || f.Size > int64(len(data))-from {
			w.fail(inner, fmt.Errorf("asar: it lies outside of the archive"))
			continue
		}
		w.member(inner, bytes.NewReader(data[from:from+f.Size]))
	}
}
