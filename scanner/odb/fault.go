package odb

import (
	"errors"
	"unsafe"
)

// errFault is the error for a read of a mapped page that is no longer in the file,
// which is SIGBUS on Unix.
var errFault = errors.New("file was truncated while it was read")

// recoverFault, when deferred, turns a fault on a page of data into an error in *err.
// The goroutine must have called [runtime/debug.SetPanicOnFault]. Other panics are
// passed on.
func recoverFault(data []byte, err *error) {
	r := recover()
	if r == nil {
		return
	}
	// Only memory faults have an address (runtime/debug.SetPanicOnFault).
	if f, ok := r.(interface{ Addr() uintptr }); ok && len(data) > 0 {
		start := uintptr(unsafe.Pointer(unsafe.SliceData(data)))
		if a := f.Addr(); a >= start && a-start < uintptr(len(data)) {
			*err = errFault
			return
		}
	}
	panic(r)
}
