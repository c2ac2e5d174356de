package odb

import (
	"errors"
	"unsafe"
)

// errFault is what becomes of reading a mapped page that is no longer in the
// file: SIGBUS on Unix.
var errFault = errors.New("file was cut short while it was read")

// recoverFault, when deferred, turns a fault on a page of data into an error in
// *err, if the goroutine has called [runtime/debug.SetPanicOnFault]. All other
// panics go on.
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
