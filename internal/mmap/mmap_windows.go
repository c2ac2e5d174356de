package mmap

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

func mapFile(f *os.File, size int) (*Map, error) {
	high, low := uint32(uint64(size)>>32), uint32(uint64(size))
	mapping, err := syscall.CreateFileMapping(syscall.Handle(f.Fd()), nil, syscall.PAGE_READONLY, high, low, nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateFileMapping", err)
	}
	// The view keeps the mapping alive; its handle is not needed for that.
	defer func() { _ = syscall.CloseHandle(mapping) }()
	addr, err := syscall.MapViewOfFile(mapping, syscall.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return nil, os.NewSyscallError("MapViewOfFile", err)
	}
	// Memory outside the Go heap: the garbage collector neither moves nor frees
	// it, so that the address may become a pointer (vet cannot know that).
	start := *(**byte)(unsafe.Pointer(&addr))
	return &Map{
		data:  unsafe.Slice(start, size),
		unmap: func() error { return syscall.UnmapViewOfFile(addr) },
	}, nil
}

// anonymous is not supported here.
func anonymous(int) (*Map, error) { return nil, errors.ErrUnsupported }
