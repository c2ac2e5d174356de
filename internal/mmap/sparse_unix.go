//go:build linux || darwin

package mmap

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	seekData = unix.SEEK_DATA
	seekHole = unix.SEEK_HOLE
)

// isNoData reports whether an error of a seek says that only a hole follows.
func isNoData(err error) bool { return errors.Is(err, unix.ENXIO) }

// mapExtents maps extents one after the other, with a page of zeros after each.
func mapExtents(f *os.File, data []extent) (*Map, error) {
	page := int64(os.Getpagesize())
	size := page
	for _, e := range data {
		size += (e.to-e.from+page-1)/page*page + page
	}
	if int64(int(size)) != size {
		return nil, fmt.Errorf("map %s: %d bytes do not fit into the address space", f.Name(), size)
	}
	all, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), os.NewSyscallError("mmap", err))
	}
	m := &Map{data: unsafe.Slice((*byte)(all), size), unmap: func() error { return unix.MunmapPtr(all, uintptr(size)) }}
	at := int64(0)
	for _, e := range data {
		if _, err := unix.MmapPtr(int(f.Fd()), e.from, unsafe.Add(all, at), uintptr(e.to-e.from), unix.PROT_READ, unix.MAP_SHARED|unix.MAP_FIXED); err != nil {
			_ = m.Close()
			return nil, fmt.Errorf("map %s: %w", f.Name(), os.NewSyscallError("mmap", err))
		}
		at += (e.to-e.from+page-1)/page*page + page
	}
	return m, nil
}
