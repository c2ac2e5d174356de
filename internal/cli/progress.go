package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/scanner"
)

// Short work needs no progress; longer work shows it ten times a second.
const (
	progressDelay    = time.Second
	progressInterval = 100 * time.Millisecond
)

// watched scans, and shows the progress to a person at a terminal.
func (s *session) watched(ctx context.Context, p plan.Plan, quiet bool) (*scanner.Result, error) {
	if quiet || s.dumb() || !isTerminal(s.screen) {
		return scanner.Scan(ctx, p.Targets, p.Options)
	}
	p.Options.Progress = new(scanner.Progress)
	stop := showProgress(s.screen, p.Options.Progress, terminalWidth(s.screen))
	defer stop()
	return scanner.Scan(ctx, p.Targets, p.Options)
}

// showProgress draws one line over and over until stop is called, which clears
// it. Nothing is drawn before progressDelay has passed.
func showProgress(w io.Writer, p *scanner.Progress, width int) (stop func()) {
	done, cleared := make(chan struct{}), make(chan struct{})
	begin := time.Now()
	go func() {
		defer close(cleared)
		wait, drawn := progressDelay, false
		line := progressLine{from: p, begin: begin}
		for {
			select {
			case <-done:
				if drawn {
					fmt.Fprintf(w, "\r%*s\r", width-1, "")
				}
				return
			case <-time.After(wait):
				fmt.Fprintf(w, "\r%-*.*s", width-1, width-1, line.at(time.Now()))
				wait, drawn = progressInterval, true
			}
		}
	}()
	return func() {
		close(done)
		<-cleared
	}
}

// progressLine says how far a scan is, how fast, and how long it may take.
type progressLine struct {
	from  *scanner.Progress
	begin time.Time
	// objects is when objects were first seen to be read, and how many had been:
	// files are read before, and their number is unknown.
	objects     time.Time
	objectsThen int64
}

// least is how long objects have to be read before an estimate is possible.
const least = time.Second

func (l *progressLine) at(now time.Time) string {
	var parts []string
	if n := l.from.Files.Load(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d files", n))
	}
	n, total := l.from.Objects.Load(), l.from.TotalObjects.Load()
	switch {
	case total > 0:
		parts = append(parts, fmt.Sprintf("%d of %d objects", n, total))
	case n > 0:
		parts = append(parts, fmt.Sprintf("%d objects", n))
	}
	const megabyte = 1e6
	size := float64(l.from.Bytes.Load()) / megabyte
	parts = append(parts, fmt.Sprintf("%.0f MB", size), fmt.Sprintf("%.0f MB/s", size/now.Sub(l.begin).Seconds()))
	if left, ok := l.left(now, n, total); ok {
		parts = append(parts, fmt.Sprintf("about %s left", left))
	}
	return "scanning: " + strings.Join(parts, ", ")
}

// left says how long reading objects will take at the rate so far.
func (l *progressLine) left(now time.Time, n, total int64) (time.Duration, bool) {
	if n == 0 {
		return 0, false
	}
	if l.objects.IsZero() {
		l.objects, l.objectsThen = now, n
	}
	spent, done := now.Sub(l.objects), n-l.objectsThen
	if spent < least || done <= 0 || n >= total {
		return 0, false
	}
	left := time.Duration(float64(spent) / float64(done) * float64(total-n))
	return max(left.Round(time.Second), time.Second), true
}
