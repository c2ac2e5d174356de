// Package atomicfile writes a file as a whole or not at all.
package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is the new content of a file. Nobody sees it before [File.Commit].
type File struct {
	path string
	// temporary is beside the file that it will replace. It is nil for what cannot be
	// replaced, such as a device: content is then kept in memory.
	temporary *os.File
	content   bytes.Buffer
}

// Create begins a file with the permissions mode. A symbolic link is followed. What
// is not a regular file, such as /dev/stdout or a named pipe, is written to and not
// replaced. Call [File.Discard] when done.
func Create(path string, mode fs.FileMode) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return &File{path: path}, nil
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, fmt.Errorf("write file: %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("write file: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".qasleaks-*")
	if err != nil {
		return nil, fmt.Errorf("write file: %w", err)
	}
	f := &File{path: path, temporary: temporary}
	if err := temporary.Chmod(mode); err != nil {
		f.Discard()
		return nil, fmt.Errorf("write file: %w", err)
	}
	return f, nil
}

// Write adds to the content.
func (f *File) Write(p []byte) (int, error) {
	if f.temporary != nil {
		return f.temporary.Write(p)
	}
	return f.content.Write(p)
}

// Commit replaces the file by the new content.
func (f *File) Commit() error {
	if err := f.commit(); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

func (f *File) commit() error {
	if f.temporary == nil {
		device, err := os.OpenFile(f.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = device.Write(f.content.Bytes())
		return errors.Join(err, device.Close())
	}
	if err := f.temporary.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.temporary.Name(), f.path); err != nil {
		return err
	}
	f.temporary = nil
	return nil
}

// Discard removes content that was not committed.
func (f *File) Discard() {
	if f.temporary != nil {
		f.temporary.Close()
		os.Remove(f.temporary.Name())
		f.temporary = nil
	}
}
