package rewrite

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// Bounds of what a stream keeps, in bytes.
const (
	// lookBack is how much of the output is searched again with what follows: a key may be
	// cut by the end of a line.
	lookBack = 2 * rules.Reach
	// maxHeld is how much of the input waits for the next line.
	maxHeld = rules.Reach
	// maxLine is the length of a line from which on it is written in parts.
	maxLine = 1 << 20
	// maxArchive is how much of an archive is held.
	maxArchive = 1 << 30
	chunk      = 64 << 10
)

// Stream copies in to out with the keys masked. Each line is written when it has been read to
// its end. Only a line that has a sign of a key, and ends as if it went on, waits for the
// next one. An archive is read as a whole. The error is of in, of out or of ctx; what was
// read until then is written.
func (r *Rewriter) Stream(ctx context.Context, in io.Reader, out io.Writer) (Masked, error) {
	s := &stream{rewriter: r, out: out}
	err := s.copy(ctx, in)
	return s.masked, err
}

// stream is a running Stream.
type stream struct {
	rewriter *Rewriter
	out      io.Writer
	// before is the end of what was written, and held was read but is not yet written.
	before, held []byte
	at           int  // offset of held in the input
	isArchive    bool // nothing is written before the end
	masked       Masked
}

func (s *stream) copy(ctx context.Context, in io.Reader) error {
	for part := range read(ctx, in) {
		err := cmp.Or(part.err, ctx.Err())
		searched := len(s.held)
		s.held = append(s.held, part.data...)
		if s.at == 0 && searched == 0 {
			s.isArchive = unpack.Kind(s.held) != ""
		}
		end := s.ready(searched, err != nil)
		if end == 0 && err == nil {
			continue
		}
		whole := context.WithoutCancel(ctx) // what was read is written
		if failed := s.write(whole, s.apart(whole, end)); failed != nil {
			return failed
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// ready returns how much of held is to be written; all of it if last. No line ends in
// held[:searched-1].
func (s *stream) ready(searched int, last bool) int {
	if s.isArchive = s.isArchive && len(s.held) <= maxArchive; last {
		return len(s.held)
	}
	if s.isArchive {
		return 0
	}
	end := s.endOfLines(searched)
	switch {
	case end > 0:
		return s.closed(end)
	case len(s.held) > maxLine:
		return len(s.held) - lookBack
	}
	return 0
}

// part is a part of the input, and how it ends.
type part struct {
	data []byte
	err  error
}

// read yields each part of the input when it can be read. A last one without data says that ctx has
// ended: reading from a terminal or a pipe may block forever.
func read(ctx context.Context, in io.Reader) func(yield func(part) bool) {
	return func(yield func(part) bool) {
		parts, next := make(chan part, 1), make(chan struct{}, 1)
		defer close(next)
		go func() {
			buffer := make([]byte, chunk)
			for range next {
				n, err := in.Read(buffer)
				parts <- part{buffer[:n], err}
			}
		}()
		for {
			next <- struct{}{}
			select {
			case p := <-parts:
				if !yield(p) {
					return
				}
			case <-ctx.Done():
				yield(part{})
				return
			}
		}
	}
}

// endOfLines returns where the last whole line that was read ends; 0 for none. A carriage
// return ends a line, too: programs show progress so. No line ends in held[:searched-1].
func (s *stream) endOfLines(searched int) int {
	for end := len(s.held); end >= max(searched, 1); end-- {
		if c := s.held[end-1]; c != '\n' && c != '\r' {
			continue
		}
		if end == 1 || s.held[end-2] != 0 || (s.at+end)%2 == 0 {
			return end
		}
		if end < len(s.held) {
			return end + 1 // the second byte of a character in UTF-16
		}
	}
	return 0
}

// closed returns how much of the whole lines held[:end] is written: all, unless the last of
// them may go on, and there is a sign of a key in it or in the lines that it continues.
func (s *stream) closed(end int) int {
	text := slices.Concat(s.before, s.held[:end])
	first := len(text) // of the lines that go on
	for first > 0 && isOpen(text[:first]) {
		if first = 1 + bytes.LastIndexByte(text[:first-1], '\n'); first < len(text)-maxHeld {
			break // most of it is written: a long text in base64, or a long line
		}
	}
	at := s.rewriter.detector.FirstAnchor(text, max(first, len(text)-maxHeld))
	if first == len(text) || at < 0 {
		return end
	}
	line := 1 + bytes.LastIndexByte(text[:at], '\n')
	if line < len(text)-2*maxHeld {
		return end
	}
	return max(0, line-len(s.before))
}

// isOpen reports whether a text ends with a line that may go on: of wrapped base64, of
// quoted-printable, or of an expression that joins pieces.
func isOpen(text []byte) bool {
	text = bytes.TrimRight(text, "\r\n")
	line := text[1+bytes.LastIndexByte(text, '\n'):]
	run := len(line)
	for run > 0 && isDigit(line[run-1]) {
		run--
	}
	const part, whole = 48, 16 // a shorter run is part of a line, such as a token
	if digits := len(line) - run; digits >= part || digits >= whole && len(bytes.TrimSpace(line[:run])) == 0 {
		return true
	}
	line = bytes.TrimRight(line, " \t")
	return slices.ContainsFunc([]string{"+", "&", `\`, "=", "~", "^", "||", "..", " .", "<<", "<>"}, func(operator string) bool {
		return bytes.HasSuffix(line, []byte(operator))
	})
}

// isDigit reports whether c is a digit of base64.
func isDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '+' || c == '/'
}

// apart returns how much of held[:end] is written so that no key is cut.
func (s *stream) apart(ctx context.Context, end int) int {
	if end == len(s.held) {
		return end
	}
	text := slices.Concat(s.before, s.held)
	for _, h := range slices.Backward(s.rewriter.detector.Find(ctx, text)) {
		start, stop := h.Start-len(s.before), h.End-len(s.before)
		if 0 < start && start < end && end < stop {
			end = start
		}
	}
	return end
}

// write masks and writes held[:end].
func (s *stream) write(ctx context.Context, end int) error {
	lines := s.held[:end]
	if unpack.Packed(lines) {
		packed, masked := s.rewriter.Content(ctx, lines)
		s.masked.Add(masked)
		lines = packed
	}
	m := masking{text: slices.Concat(s.before, lines), mark: len(s.before)}
	if !s.isArchive {
		if err := s.rewriter.mask(ctx, &m, false); err != nil {
			s.masked.Add(Masked{Left: []unpack.Skip{{Failed: true, Reason: err.Error()}}})
		}
		s.masked.Add(m.masked)
	}
	s.held = slices.Delete(s.held, 0, end)
	s.at += end
	s.before = m.text[max(0, len(m.text)-lookBack):]
	if m.mark == len(m.text) {
		return nil
	}
	_, err := s.out.Write(m.text[m.mark:])
	return err
}
