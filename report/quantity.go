package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/plural"
)

func number[T int | int64](n T) string { return plural.Number(n) }

func count[T int | int64](n T, noun string) string { return plural.Count(n, noun) }

// enumerate joins parts as a sentence does: "a, b and c".
func enumerate(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// capital returns text with its first letter in upper case.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// firstFew joins at most limit of the items, and counts the others.
func firstFew(items []string, limit int) string {
	if len(items) <= limit {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(items[:limit], ", "), number(len(items)-limit))
}

// duration writes a number of seconds.
func duration(seconds float64) string {
	switch {
	case seconds < 0.0995:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	case seconds < 120:
		return plural.Short(seconds) + " s"
	}
	return fmt.Sprintf("%.0f min", seconds/60)
}

// date writes the day of a time, in UTC.
func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
