// Package fault turns panics on untrusted content into errors: a fault of this program
// that one file meets is a failure to read that file, and does not end the scan.
package fault

import (
	"errors"
	"fmt"
)

// errTruncated is the error for a read of a mapped page that is no longer in its file.
var errTruncated = errors.New("the file was truncated while it was read")

// Error returns the error for what recover has returned; nil for nil.
func Error(recovered any) error {
	if recovered == nil {
		return nil
	}
	// Only memory faults have an address (runtime/debug.SetPanicOnFault).
	if _, ok := recovered.(interface{ Addr() uintptr }); ok {
		return errTruncated
	}
	return fmt.Errorf("qasleaks failed on it, please report this: %v", recovered)
}
