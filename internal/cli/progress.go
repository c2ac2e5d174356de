package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/internal/targets"
	"github.com/qasleaks/qasleaks/scanner"
)

// Short work needs no progress; longer work shows it ten times a second.
const (
	progressDelay    = time.Second
	progressInterval = 100 * time.Millisecond
)

// watched scans, and shows the progress to a person at a terminal.
func (s *session) watched(ctx context.Context, p plan.Plan, quiet bool) (*scanner.Result, error) {
	if !s.watches(quiet) {
		return scanner.Scan(ctx, p.Targets, p.Options)
	}
	p.Options.Progress = new(scanner.Progress)
	stop := showProgress(s.screen, scanProgress(p.Options.Progress), terminalWidth(s.screen))
	defer stop()
	return scanner.Scan(ctx, p.Targets, p.Options)
}

// watchedTargets scans many targets, and shows the progress to a person at a terminal.
func (s *session) watchedTargets(ctx context.Context, o targets.Options, quiet bool) (*scanner.Result, error) {
	if !s.watches(quiet) {
		return targets.Run(ctx, o)
	}
	o.Progress = new(targets.Progress)
	stop := showProgress(s.screen, targetsProgress(o.Progress), terminalWidth(s.screen))
	defer stop()
	return targets.Run(ctx, o)
}

// watches reports whether a person sees the progress.
func (s *session) watches(quiet bool) bool { return !quiet && !s.dumb() && isTerminal(s.screen) }

// progress says how far some work is, as a text and as a part of all; all is 0 if that is not
// known.
type progress func() (text string, done, all int64)

// scanProgress is the progress of a scan.
func scanProgress(p *scanner.Progress) progress {
	return func() (text string, done, all int64) {
		size := plural.Size(p.Bytes.Load())
		n, total := p.Objects.Load(), p.TotalObjects.Load()
		if n == 0 {
			return plural.Count(p.Files.Load(), "file") + ", " + size, 0, 0
		}
		// Packed bytes tell the work better than objects, which differ in size.
		done, all = n, total
		if packed := p.TotalPacked.Load(); packed > 0 {
			done, all = p.Packed.Load(), packed
		}
		return fmt.Sprintf("%s of %s objects, %s", plural.Number(n), plural.Number(total), size), done, all
	}
}

// targetsProgress is the progress of the scan of many targets.
func targetsProgress(p *targets.Progress) progress {
	return func() (text string, done, all int64) {
		return fmt.Sprintf("%s of %s", plural.Number(p.Done.Load()), plural.Count(p.Targets.Load(), "target")), p.Bytes.Load(), p.TotalBytes.Load()
	}
}

// showProgress draws one line over and over until stop is called, which clears
// it. Nothing is drawn before progressDelay has passed.
func showProgress(w io.Writer, p progress, width int) (stop func()) {
	done, cleared := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(cleared)
		wait, drawn := progressDelay, false
		line := progressLine{from: p}
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
	from progress
	// known is when it was first known how much is to be done, and then is how much had been:
	// files are read before objects, and their number is unknown.
	known time.Time
	then  int64
}

// least is how long it has to be known before an estimate is possible.
const least = time.Second

func (l *progressLine) at(now time.Time) string {
	text, done, all := l.from()
	if all == 0 {
		return text
	}
	text = fmt.Sprintf("%d%%  %s", min(100*done/all, 100), text)
	if left, ok := l.left(now, done, all); ok {
		text += ", " + left + " left"
	}
	return text
}

// left says how long the rest will take at the rate so far.
func (l *progressLine) left(now time.Time, done, all int64) (string, bool) {
	if l.known.IsZero() {
		l.known, l.then = now, done
	}
	spent, read := now.Sub(l.known), done-l.then
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
