package scanner

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

const someMounts = `22 27 0:21 / /proc rw,relatime - proc proc rw
24 27 0:6 / /dev rw shared:2 - devtmpfs devtmpfs rw,size=1k
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:50 / /a\040b/c"d rw - sysfs none rw
malformed
31 27 - sysfs
`

func TestParseMounts(t *testing.T) {
	want := []mount{{"/proc", "proc"}, {"/dev", "devtmpfs"}, {"/dev/shm", "tmpfs"}, {"/", "ext4"}, {`/a b/c"d`, "sysfs"}}
	if got := parseMounts(someMounts); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// File systems of the kernel below a target are skipped by policy; a target in one fails.
func TestKernelFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("mounts have paths of Unix")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"proc/1/environ", "dev/shm/file", "processes/file", "file"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mounted := []mount{
		{"/", "ext4"}, {dir, "ext4"}, {dir + "/proc", "proc"}, {dir + "/proc/1", "nfsd"}, {dir + "/dev", "devtmpfs"}, {dir + "/dev/shm", "tmpfs"}, {dir + "/gone", "proc"}, {dir + "/gone", "ext4"},
	}
	proc := Skip{Path: "p/proc", Kind: SkipPolicy, Reason: "proc, a file system of the kernel, is not read"}
	dev := Skip{Path: "p/dev", Kind: SkipPolicy, Reason: "devtmpfs, a file system of the kernel, is not read"}
	for _, test := range []struct {
		target string
		names  []string
		skips  []Skip
	}{
		{"", []string{"file", "processes/file"}, []Skip{dev, proc}},
		{"/processes", []string{"file"}, nil},
		{"/dev/shm", []string{"file"}, nil},
		{"/proc", nil, []Skip{{Path: "p/.", Kind: SkipFailed, Reason: proc.Reason}}},
		{"/proc/1", nil, []Skip{{Path: "p/.", Kind: SkipFailed, Reason: "nfsd, a file system of the kernel, is not read"}}},
		{"/dev", nil, []Skip{{Path: "p/.", Kind: SkipFailed, Reason: dev.Reason}}},
	} {
		s := newScan(Options{})
		s.mounts = func() []mount { return mounted }
		for range 2 {
			names, _ := walk(dir+test.target, s, "p/")
			slices.Sort(names)
			slices.SortFunc(s.coverage.Skipped, func(a, b Skip) int { return len(a.Path) - len(b.Path) })
			if !slices.Equal(names, test.names) || !slices.Equal(s.coverage.Skipped, test.skips) {
				t.Errorf("%q: files %v, want %v; skipped %v, want %v", test.target, names, test.names, s.coverage.Skipped, test.skips)
			}
		}
	}
}
