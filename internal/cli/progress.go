package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
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

// progressLine says how far a scan is, and how long it may take. It fits 60 columns.
type progressLine struct {
	from  *scanner.Progress
	begin time.Time
	// objects is when objects were first seen to be read, and how much had been: files
	// are read before, and their number is unknown.
	objects time.Time
	then    int64
}

// least is how long objects have to be read before an estimate is possible.
const least = time.Second

func (l *progressLine) at(now time.Time) string {
	size := plural.Size(l.from.Bytes.Load())
	n, total := l.from.Objects.Load(), l.from.TotalObjects.Load()
	if n == 0 {
		return plural.Count(l.from.Files.Load(), "file") + ", " + size
	}
	// Packed bytes tell the work better than objects, which differ in size.
	done, all := n, total
	if packed := l.from.TotalPacked.Load(); packed > 0 {
		done, all = l.from.Packed.Load(), packed
	}
	text := fmt.Sprintf("%s of %s objects, %s", plural.Number(n), plural.Number(total), size)
	if all > 0 {
		text = fmt.Sprintf("%d%%  %s", min(100*done/all, 100), text)
	}
	if left, ok := l.left(now, done, all); ok {
		text += ", " + left + " left"
	}
	return text
}

// left says how long reading objects will take at the rate so far.
func (l *progressLine) left(now time.Time, done, all int64) (string, bool) {
	if l.objects.IsZero() {
		l.objects, l.then = now, done
	}
	spent, read := now.Sub(l.objects), done-l.then
	if spent < least || read <= 0 || done >= all {
		return "", false
	}
	left := time.Duration(float64(spent) / float64(read) * float64(all-done))
	switch {
	case left < 100*time.Second:
		return fmt.Sprintf("%.0f s", max(left.Seconds(), 1)), true
	case left < 100*time.Minute:
		return fmt.Sprintf("%.0f min", left.Minutes()), true
	}
	return fmt.Sprintf("%.0f h", left.Hours()), true
}
