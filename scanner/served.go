package scanner

import (
	"context"
	"fmt"
)

// Served is content that a web site serves to anyone.
type Served struct {
	// Path is its URL, without what must not be in a report.
	Path string
	Data []byte
	// Original returns the position in the source code that an offset of Data comes from,
	// as "src/api.js:3:7"; "" if it is unknown. It may be nil.
	Original func(offset int) string
}

// Intake receives the content of a web site. Its methods are safe for concurrent use.
type Intake struct {
	ctx context.Context
	to  *scan
}

// Add searches content. Keys in it are in client-side code, whatever kind of file it is.
func (i Intake) Add(content Served) {
	if pattern, ok := i.to.excluded(content.Path); ok {
		i.Skip(Skip{Path: content.Path, Kind: SkipPolicy, Reason: fmt.Sprintf("excluded by %q", pattern)})
		return
	}
	i.to.inName(content.Path, false)
	i.to.file(i.ctx, Blob{Object: ObjectFile, Path: content.Path, Data: content.Data, served: true, original: content.Original, piped: true})
}

// Skip records content that was not read.
func (i Intake) Skip(skip Skip) { i.to.skip(skip) }

// Note adds a remark for users.
func (i Intake) Note(text string) { i.to.note(text) }

// served is the source that has a web site read by its caller.
type served func(ctx context.Context, to Intake) error

func (read served) scan(ctx context.Context, s *scan) error {
	if err := read(ctx, Intake{ctx, s}); err != nil {
		return err
	}
	return ctx.Err()
}
