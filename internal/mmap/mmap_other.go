//go:build !unix && !windows

package mmap

import (
	"errors"
	"io"
	"os"
)

// mapFile reads the file where there is no mapping it.
func mapFile(f *os.File, size int) (*Map, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, err
	}
	return &Map{data: data}, nil
}

// anonymous is not supported here.
func anonymous(int) (*Map, error) { return nil, errors.ErrUnsupported }
