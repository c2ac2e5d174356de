package unpack

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// tar rewrites an archive. Headers are copied but for sizes and checksums.
func (r *rewriting) tar(layers []string, data []byte) []byte {
	source := bytes.NewReader(data)
	archive := tar.NewReader(source)
	var rewritten []byte
	copied := 0 // of data
	for !r.stopped() {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			r.fail(layers, err)
			break
		}
		inner := within(layers, kindTar, header.Name)
		if r.editor.Matches([]byte(header.Name)) || r.editor.Matches([]byte(header.Linkname)) {
			r.leave(inner, "its name is not rewritten")
		}
		begin := len(data) - source.Len()
		if header.Typeflag != tar.TypeReg && header.Typeflag != tar.TypeGNUSparse {
			continue
		}
		if !isSized(data[begin-tarBlock:begin], header.Size) || header.Size > int64(len(data)-begin) {
			r.member(inner, archive) // sparse, truncated, or its size is in another header
			continue
		}
		end := begin + int(header.Size)
		text := data[begin:end]
		edited := r.content(inner, text)
		if same(text, edited) {
			continue
		}
		rewritten = append(rewritten, data[copied:begin]...)
		setSize(rewritten[len(rewritten)-tarBlock:], len(edited))
		rewritten = append(rewritten, edited...)
		rewritten = append(rewritten, make([]byte, pad(int64(len(edited)), tarBlock))...)
		copied = min(len(data), end+int(pad(header.Size, tarBlock)))
	}
	if rewritten == nil {
		return data
	}
	return append(rewritten, data[copied:]...)
}

// Fields of a header (POSIX.1-1988, "ustar Interchange Format").
const (
	sizeField, sizeEnd = 124, 136
	sumField, sumEnd   = 148, 156
)

// isSized reports whether a header says that its member has a size.
func isSized(header []byte, size int64) bool {
	n, err := strconv.ParseInt(strings.Trim(string(header[sizeField:sizeEnd]), " \x00"), 8, 64)
	return err == nil && n == size
}

// setSize writes a size and the checksum into a header.
func setSize(header []byte, size int) {
	copy(header[sizeField:sizeEnd-1], fmt.Sprintf("%011o", size))
	copy(header[sumField:sumEnd], "        ")
	sum := 0
	for _, c := range header[:tarBlock] {
		sum += int(c)
	}
	copy(header[sumField:sumEnd], fmt.Sprintf("%06o\x00 ", sum))
}
