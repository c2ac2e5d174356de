// Package mmap maps files into memory, read-only, and streams that are read to their end.
package mmap

import (
	"fmt"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// Map is a file mapped into memory. It outlives the file's handle and, on Unix,
// the file's name. Reading a page that is no longer in the file because it was
// cut short meanwhile faults: see [runtime/debug.SetPanicOnFault].
type Map struct {
	data  []byte
	unmap func() error
}

// Open maps the whole file at path, which must be a regular one. An empty file is an
// empty map.
func Open(path string) (*Map, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := info.Size()
	if size == 0 {
		return &Map{}, nil
	}
	if int64(int(size)) != size {
		return nil, fmt.Errorf("map %s: %d bytes do not fit into the address space", path, size)
	}
	m, err := mapFile(f, int(size))
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return m, nil
}

// Bytes returns the file's content. It must not be written to, nor read after
// Close.
func (m *Map) Bytes() []byte { return m.data }

// Close unmaps the file. Closing twice does nothing.
func (m *Map) Close() error {
	unmap := m.unmap
	m.data, m.unmap = nil, nil
	if unmap == nil {
		return nil
	}
	return unmap()
}
