//go:build unix

package main

import "syscall"

// forbidCore prevents core files, which would hold keys. The limit is not zero: Linux passes
// a core to a program in core_pattern whatever the limit, unless it is one (core(5)).
func forbidCore() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = min(1, limit.Max)
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
}
