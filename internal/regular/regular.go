// Package regular opens and reads regular files only. A name in a scanned tree may
// lead anywhere: to a device without end, to a FIFO that nobody writes to, to a file
// that is replaced between a look and a read. Nothing here waits for such a file or
// reads more of it than a bound.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrNotRegular is the error for what is no regular file: a directory, a device, a
// FIFO, a socket, or a link to one.
var ErrNotRegular = errors.New("not a regular file")

// ErrTooLarge is the error for a file that has more bytes than the bound.
var ErrTooLarge = errors.New("too large")

// Open opens a regular file, or the one that links lead to. It looks before it opens,
// since opening some devices has an effect.
func Open(name string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	}
	return OpenSeen(name)
}

// OpenSeen opens a file that its caller has seen to be a regular one. It does not
// wait, and refuses what has taken the file's place.
func OpenSeen(name string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Read reads a regular file of at most limit bytes, whatever its size is said to be.
func Read(name string, limit int64) ([]byte, error) {
	f, info, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, 0, min(info.Size(), limit)+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)}
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}
