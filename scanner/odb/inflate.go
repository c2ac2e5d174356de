package odb

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"
)

var (
	errZlibHeader  = errors.New("zlib header is malformed")
	errInflateLong = errors.New("compressed data is longer than announced")
)

// inflater is reusable.
type inflater struct{}

// zlib inflates; dst has exactly the announced length.
func (d *inflater) zlib(dst, src []byte, check bool) (used int, err error) {
	if len(src) < 2 || src[0]&15 != 8 || binary.BigEndian.Uint16(src)%31 != 0 || src[1]&0x20 != 0 {
		return 0, errZlibHeader
	}
	r := bytes.NewReader(src[2:])
	f := flate.NewReader(r)
	if _, err := io.ReadFull(f, dst); err != nil {
		return 0, err
	}
	if n, err := f.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return 0, errInflateLong
	}
	used = len(src) - r.Len()
	if len(src)-used < 4 {
		return 0, io.ErrUnexpectedEOF
	}
	if check && binary.BigEndian.Uint32(src[used:]) != adler32.Checksum(dst) {
		return 0, errors.New("adler")
	}
	return used + 4, nil
}

// prefix inflates up to len(dst) bytes of a zlib stream that may be longer.
func (d *inflater) prefix(dst, src []byte) (n int, err error) {
	if len(src) < 2 {
		return 0, errZlibHeader
	}
	n, err = io.ReadFull(flate.NewReader(bytes.NewReader(src[2:])), dst)
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}
