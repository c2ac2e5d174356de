package scanner

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// kernelTypes are the file systems whose files are made by the kernel while they are read:
// some have no end, reading others has an effect, and none of them is somebody's file.
var kernelTypes = []string{
	"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl", "mqueue",
	"nfsd", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs",
}

// mount is a place where a file system is mounted.
type mount struct{ at, kind string }

// mounts returns where file systems are mounted. Only Linux says it.
func mounts() []mount {
	const maxMounts = 16 << 20
	list, err := regular.Read("/proc/self/mountinfo", maxMounts)
	if err != nil {
		return nil
	}
	return parseMounts(string(list))
}

// parseMounts parses a list of mounts (proc_pid_mountinfo(5)).
func parseMounts(list string) []mount {
	var all []mount
	for line := range strings.Lines(list) {
		place, kind, ok := strings.Cut(line, " - ")
		fields := strings.Fields(place)
		kind, _, _ = strings.Cut(kind, " ")
		if !ok || len(fields) < 5 {
			continue
		}
		at, err := strconv.Unquote(`"` + strings.ReplaceAll(fields[4], `"`, `\"`) + `"`) // \040 for a space
		if err == nil {
			all = append(all, mount{at, kind})
		}
	}
	return all
}

// kernelFiles are the folders below a directory that belong to the kernel, relative to it
// and with slashes, and their file systems. The folder "." is the directory.
type kernelFiles map[string]string

// kernelFilesBelow returns the kernel's folders below a directory, and notes them as skips.
func (s *scan) kernelFilesBelow(dir, prefix string) kernelFiles {
	real, err := filepath.Abs(dir)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		return nil
	}
	found := kernelFiles{}
	around := mount{at: "/"} // the innermost mount that the directory is in
	for _, m := range s.mounts() {
		if isIn(real, m.at) {
			if len(m.at) >= len(around.at) {
				around = m
			}
		} else if isIn(m.at, real) {
			if rel, err := filepath.Rel(real, m.at); err == nil {
				found[filepath.ToSlash(rel)] = m.kind
			}
		}
	}
	found["."] = around.kind
	maps.DeleteFunc(found, func(_, kind string) bool { return !slices.Contains(kernelTypes, kind) })
	for name, kind := range found {
		if name != "." && found.has(parentOf(name)) {
			continue // it is in another one
		}
		skip := Skip{Path: prefix + name, Kind: SkipPolicy, Reason: kind + ", a file system of the kernel, is not read"}
		if name == "." {
			skip.Kind = SkipFailed // nothing of the target is read
		}
		s.skipOnce(skip)
	}
	return found
}

func parentOf(name string) string {
	at := strings.LastIndexByte(name, '/')
	return name[:max(at, 0)]
}

// has reports whether a folder, or one above it, belongs to the kernel.
func (k kernelFiles) has(name string) bool {
	if k["."] != "" {
		return true
	}
	for ; name != ""; name = parentOf(name) {
		if k[name] != "" {
			return true
		}
	}
	return false
}

// isIn reports whether a path is a directory or in it.
func isIn(path, dir string) bool {
	if dir == string(os.PathSeparator) {
		return true
	}
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || os.IsPathSeparator(rest[0]))
}
