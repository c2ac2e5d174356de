package mmap

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// sparse writes texts at offsets into a file of a size, which is zero elsewhere.
func sparse(t *testing.T, size int64, texts map[int64]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, text := range texts {
		if _, err := f.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	return name
}

// content opens a file and returns its bytes without zeros, and their number with zeros.
func content(t *testing.T, name string, enough int64) (text string, size, left int64) {
	t.Helper()
	m, left, err := OpenData(name, enough)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	return string(bytes.ReplaceAll(m.Bytes(), []byte{0}, nil)), int64(len(m.Bytes())), left
}

// A file of a terabyte is not read hole by hole, and nothing of its data is lost.
func TestHoles(t *testing.T) {
	const tera = 1 << 40
	name := sparse(t, tera+5, map[int64]string{100: "begin", tera / 2: "middle", tera/2 + 1<<20: "later", tera: "end!!"})
	if m, _, err := OpenData(name, 1<<30); err == nil && len(m.Bytes()) > tera/2 {
		_ = m.Close()
		t.Skip("the file system has no holes")
	}
	text, size, left := content(t, name, 1<<30)
	if text != "beginmiddlelaterend!!" || size > 1<<20 || left < tera-1<<20 {
		t.Errorf("%q in %d bytes, %d left out", text, size, left)
	}
}

// Small holes are part of the content, and a file with few is mapped as it is.
func TestFewHoles(t *testing.T) {
	name := sparse(t, 1<<20, map[int64]string{0: "begin", 1 << 19: "middle"})
	if text, size, left := content(t, name, 1<<30); text != "beginmiddle" || size != 1<<20 || left != 0 {
		t.Errorf("%q in %d bytes, %d left out", text, size, left)
	}
	empty := sparse(t, 0, nil)
	if text, size, _ := content(t, empty, 0); text != "" || size > 1<<17 {
		t.Errorf("%q in %d bytes of an empty file", text, size)
	}
	if runtime.GOOS == "linux" || runtime.GOOS == "darwin" {
		if text, size, _ := content(t, sparse(t, 1<<30, nil), 1<<20); text != "" || size > 1<<20 && size != 1<<30 {
			t.Errorf("%q in %d bytes of one hole", text, size)
		}
	}
}

// However the data is distributed, and however many extents there are, it is kept in order.
func TestManyExtents(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, extents := range []int{1, 20, maxExtents + 50} {
		texts, want, at := map[int64]string{}, "", int64(0)
		for i := range extents {
			at += random.Int64N(1 << 18)
			text := string([]byte{byte('a' + i%26), byte('A' + i/26%26)})
			texts[at] = text
			want += text
			at += int64(len(text))
		}
		name := sparse(t, at+1<<20, texts)
		if text, _, left := content(t, name, 1); text != want {
			t.Errorf("%d extents: %d bytes, want %d; %d left out", extents, len(text), len(want), left)
		}
	}
}
