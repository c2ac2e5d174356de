//go:build unix

package mmap

import (
	"os"
	"syscall"
)

func mapFile(f *os.File, size int) (*Map, error) {
	data, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return &Map{data: data, unmap: func() error { return syscall.Munmap(data) }}, nil
}

// anonymous returns memory that can be written.
func anonymous(size int) (*Map, error) {
	data, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil, err
	}
	return &Map{data: data, unmap: func() error { return syscall.Munmap(data) }}, nil
}
