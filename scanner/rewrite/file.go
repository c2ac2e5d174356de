package rewrite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/fault"
	"github.com/qasleaks/qasleaks/internal/mmap"
	"github.com/qasleaks/qasleaks/internal/regular"
)

// File writes the content of a file to out, with the keys masked. What is no regular file,
// such as a named pipe, is copied as [Rewriter.Stream] does it.
func (r *Rewriter) File(ctx context.Context, name string, out io.Writer) (masked Masked, err error) {
	file, err := openFile(name)
	if errors.Is(err, regular.ErrNotRegular) {
		pipe, err := os.Open(name)
		if err != nil {
			return Masked{}, fmt.Errorf("read target: %w", err)
		}
		defer pipe.Close()
		return r.Stream(ctx, pipe, out)
	}
	if err != nil {
		return Masked{}, fmt.Errorf("read target: %w", err)
	}
	defer file.close()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if panicked := fault.Error(recover()); panicked != nil {
			err = fmt.Errorf("read target: %w", panicked)
		}
	}()
	data, masked := r.Content(ctx, file.data)
	if err := ctx.Err(); err != nil {
		return Masked{}, err
	}
	_, err = out.Write(data)
	return masked, err
}

// errSparse is the error for a file that is larger than its content.
var errSparse = errors.New("a sparse file, with more than 1 GiB of holes")

// content is the content of an open file.
type content struct {
	data   []byte
	info   fs.FileInfo
	mapped *mmap.Map
}

// mapAbove is the size from which on a file is mapped and not read.
const mapAbove = 1 << 20

func openFile(name string) (*content, error) {
	file, info, err := regular.Open(name)
	if err != nil {
		return nil, err
	}
	file.Close()
	c := &content{info: info}
	if info.Size() < mapAbove {
		const grown = 64 << 20 // it may be written to meanwhile
		c.data, err = regular.Read(name, grown)
		return c, err
	}
	const largeHoles = 1 << 30
	var left int64
	if c.mapped, left, err = mmap.OpenData(name, largeHoles); err != nil {
		return nil, err
	}
	if left > 0 {
		c.close()
		return nil, errSparse
	}
	c.data = c.mapped.Bytes()
	return c, nil
}

func (c *content) close() {
	if c.mapped != nil {
		_ = c.mapped.Close()
		c.mapped = nil
	}
}

// write writes data to a file with the permissions and the time of the content.
func (c *content) write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	const kept = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	file, err := atomicfile.Create(name, c.info.Mode()&kept)
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(data); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	c.close() // Windows does not replace a file that is mapped
	if err := file.Commit(); err != nil {
		return err
	}
	if err := os.Chtimes(name, c.info.ModTime(), c.info.ModTime()); err != nil {
		return fmt.Errorf("keep time of file: %w", err)
	}
	return nil
}
