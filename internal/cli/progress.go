package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// Short work needs no progress; longer work shows it ten times a second.
const (
	progressDelay    = time.Second
	progressInterval = 100 * time.Millisecond
)

// watched scans, and shows how far that is while a person is waiting for it.
func (s *session) watched(ctx context.Context, p plan) (*scanner.Result, error) {
	if p.quiet || s.dumb() || !isTerminal(s.stderr) {
		return scanner.Scan(ctx, p.targets, p.options)
	}
	p.options.Progress = new(scanner.Progress)
	stop := showProgress(s.stderr, p.options.Progress, terminalWidth(s.stderr))
	defer stop()
	return scanner.Scan(ctx, p.targets, p.options)
}

// showProgress draws one line over and over until stop is called, which clears
// it. Nothing is drawn before progressDelay has passed.
func showProgress(w io.Writer, p *scanner.Progress, width int) (stop func()) {
	done, cleared := make(chan struct{}), make(chan struct{})
	begin := time.Now()
	go func() {
		defer close(cleared)
		wait, drawn := progressDelay, false
		for {
			select {
			case <-done:
				if drawn {
					fmt.Fprintf(w, "\r%*s\r", width-1, "")
				}
				return
			case <-time.After(wait):
				fmt.Fprintf(w, "\r%-*.*s", width-1, width-1, progressLine(p, time.Since(begin)))
				wait, drawn = progressInterval, true
			}
		}
	}()
	return func() {
		close(done)
		<-cleared
	}
}

// progressLine says how far a scan is, and how fast.
func progressLine(p *scanner.Progress, elapsed time.Duration) string {
	var parts []string
	if n := p.Files.Load(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d files", n))
	}
	n, total := p.Objects.Load(), p.TotalObjects.Load()
	switch {
	case total > 0:
		parts = append(parts, fmt.Sprintf("%d of %d objects", n, total))
	case n > 0:
		parts = append(parts, fmt.Sprintf("%d objects", n))
	}
	const megabyte = 1e6
	size := float64(p.Bytes.Load()) / megabyte
	parts = append(parts, fmt.Sprintf("%.0f MB", size), fmt.Sprintf("%.0f MB/s", size/elapsed.Seconds()))
	return "scanning: " + strings.Join(parts, ", ")
}
