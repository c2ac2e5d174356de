//go:build unix

package regular

import "syscall"

// nonBlocking keeps open(2) from waiting for the writer of a FIFO that took the place
// of a regular file.
const nonBlocking = syscall.O_NONBLOCK
