package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// Sizes of a timeline: heights in CSS pixels, and widths in per cent of the picture,
// so that it is as wide as the page and its text is never scaled.
const (
	axisY     = 30
	laneTop   = 44
	laneHigh  = 36
	barBelow  = 20 // from the top of a lane to its bar
	leftEdge  = 1.5
	rightEdge = 96.5
	maxLanes  = 8
	maxLabel  = 44 // cells of a path, which fit a phone
)

// timeline is the history of a key as a picture: a lane for each place that it is or
// was in, over one axis of time from its creation to now.
type timeline struct {
	Height, AxisY, Bottom int
	From, To, Created     string // x; Created is empty if that is not known
	Ticks                 []tick
	Lanes                 []lane
	Moves                 []move
	// More is how many places have no lane.
	More string
}

type tick struct {
	X, Label string
	// Minor ones are not named where there is little room.
	Minor bool
	// Anchor is the text-anchor of the label.
	Anchor string
}

// lane is one place. Its bar is the time for which the key was there; the dashed line
// after it is the time for which git remembers it.
type lane struct {
	Y, Bar, Text     int
	Label            string
	X, Width         string // of the bar
	Start, End       string // where the bar begins and ends
	AfterX           string // where the memory begins; empty for none
	Class            string // "now", "past" or "lost"
	Removed, Present bool
	begin            time.Time
	occurrence       int
}

// move is a line from one lane to another.
type move struct {
	X          string
	FromY, ToY int
}

// newTimeline draws the history of a finding; nil if only the present is known.
func newTimeline(f *scanner.Finding, events []event, now time.Time) *timeline {
	first := now
	for _, e := range events {
		if !e.at.IsZero() && e.at.Before(first) {
			first = e.at
		}
	}
	if !first.Before(now) {
		return nil
	}
	if most := now.AddDate(-50, 0, 0); first.Before(most) {
		first = most // older than git is a clock that was wrong
	}
	scale := func(t time.Time) float64 {
		part := float64(t.Sub(first)) / float64(now.Sub(first))
		return leftEdge + (rightEdge-leftEdge)*min(max(part, 0), 1)
	}
	x := func(t time.Time) string { return percent(scale(t)) }
	t := &timeline{AxisY: axisY, From: percent(leftEdge), To: percent(rightEdge)}
	if created := f.Key.CreatedAt; !created.IsZero() && !created.After(now) {
		t.Created = x(created)
	}
	t.Ticks = ticks(first, now, scale)
	t.Lanes = lanes(f, now, x, scale)
	if left := len(f.Occurrences) - len(t.Lanes); left > 0 {
		t.More = "and " + count(left, "more place")
	}
	row := map[int]lane{}
	for _, l := range t.Lanes {
		row[l.occurrence] = l
	}
	for _, e := range events {
		from, ok := row[e.from]
		to, also := row[e.occurrence]
		if e.kind == wasMoved && ok && also {
			t.Moves = append(t.Moves, move{X: x(e.at), FromY: from.Bar, ToY: to.Bar})
		}
	}
	t.Bottom = laneTop + laneHigh*len(t.Lanes)
	t.Height = t.Bottom + 4
	return t
}

func percent(x float64) string { return fmt.Sprintf("%.2f%%", x) }

// lanes are the places of a finding in order of time, the first few of them.
func lanes(f *scanner.Finding, now time.Time, x func(time.Time) string, scale func(time.Time) float64) []lane {
	var all []lane
	for i := range f.Occurrences {
		at := &f.Occurrences[i]
		l := lane{occurrence: i, Label: laneLabel(at), Class: "past", Present: at.Present(), begin: now}
		if at.Commit != nil && !at.Commit.Date.IsZero() {
			l.begin = at.Commit.Date
		}
		end := now
		switch {
		case l.Present:
			l.Class = "now"
		case at.Unreachable():
			l.Class = "lost"
		}
		if at.RemovedBy != nil && !at.RemovedBy.Date.IsZero() && !l.Present {
			end, l.Removed, l.AfterX = at.RemovedBy.Date, true, x(at.RemovedBy.Date)
		}
		if end.Before(l.begin) {
			end = l.begin // by a clock that was wrong
		}
		l.X, l.Width = x(l.begin), percent(max(scale(end)-scale(l.begin), 0))
		l.Start, l.End = l.X, x(end)
		all = append(all, l)
	}
	if len(all) > maxLanes {
		// The most important are those in the files now, then the oldest.
		slices.SortStableFunc(all, func(a, b lane) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), a.begin.Compare(b.begin)) })
		all = all[:maxLanes]
	}
	slices.SortStableFunc(all, func(a, b lane) int { return a.begin.Compare(b.begin) })
	for i := range all {
		all[i].Y = laneTop + i*laneHigh
		all[i].Text, all[i].Bar = all[i].Y+12, all[i].Y+barBelow
		all[i].Label = cutLeft(all[i].Label, maxLabel)
	}
	return all
}

// laneLabel is a short name of a place.
func laneLabel(at *scanner.Occurrence) string {
	if message := messageName(at); message != "" {
		return message
	}
	return neutral.Log(at.Path)
}

func rank(l lane) int {
	if l.Present {
		return 0
	}
	return 1
}

// tickSteps are the distances of ticks, the finest first.
var tickSteps = []struct{ years, months, days int }{
	{0, 0, 1}, {0, 0, 7}, {0, 1, 0}, {0, 3, 0}, {0, 6, 0}, {1, 0, 0}, {2, 0, 0}, {5, 0, 0}, {20, 0, 0}, {100, 0, 0},
}

// ticks are round dates between two times, six at most.
func ticks(first, last time.Time, scale func(time.Time) float64) []tick {
	first, last = first.UTC(), last.UTC()
	for _, step := range tickSteps {
		form := "2006"
		at := time.Date(first.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		switch {
		case step.years > 0:
			at = at.AddDate(-(first.Year() % step.years), 0, 0)
		case step.months > 0:
			form = "2006-01"
		default:
			at, form = time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, time.UTC), time.DateOnly
		}
		var found []tick
		for ; at.Before(last) && len(found) < 7; at = at.AddDate(step.years, step.months, step.days) {
			if where := scale(at); at.After(first) && where < rightEdge-8 {
				found = append(found, tick{X: percent(where), Label: at.Format(form), Minor: len(found)%2 == 1, Anchor: anchor(where)})
			}
		}
		if len(found) < 7 {
			return found
		}
	}
	return nil
}

// anchor keeps a label within the picture.
func anchor(where float64) string {
	if where < 8 {
		return "start"
	}
	return "middle"
}
