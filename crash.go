package main

import "runtime/debug"

// maxStack is the size of a stack, in bytes, that only a recursion without end reaches. Go's
// own limit is a GiB.
const maxStack = 128 << 20

// ownStatus makes the program abort when the runtime of Go ends it: on a panic that nothing
// recovers, or on an error that nothing can recover, such as a lack of memory. The status
// of the runtime is 2, which is that of wrong usage here. An aborted program has the status
// 134 in a shell. The stacks are printed as before, but memory is not written to disk.
func ownStatus() {
	debug.SetTraceback("crash")
	debug.SetMaxStack(maxStack)
	forbidCore()
}
