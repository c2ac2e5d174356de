package mmap

import (
	"errors"
	"io"
)

// Read reads a stream to its end, or to limit bytes, into memory outside of the Go heap: a
// growing buffer would take three times as much. Only what is read takes memory. It returns
// what was read, and the error of r, if it is not the end.
func Read(r io.Reader, limit int) (*Map, error) {
	m, err := anonymous(limit)
	if err != nil {
		data, err := io.ReadAll(io.LimitReader(r, int64(limit)))
		return &Map{data: data}, err
	}
	n := 0
	for n < limit {
		read, err := r.Read(m.data[n:])
		n += read
		if err != nil {
			m.data = m.data[:n]
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return m, err
		}
	}
	m.data = m.data[:n]
	return m, nil
}
