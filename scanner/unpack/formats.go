package unpack

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

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
