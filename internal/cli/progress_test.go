package cli

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/scanner"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := new(scanner.Progress)
		p.Files.Store(12)
		p.Objects.Store(300)
		p.TotalObjects.Store(1000)
		p.Bytes.Store(30e6)
		stop := showProgress(&out, p, 80)
		time.Sleep(1050 * time.Millisecond)
		p.Objects.Store(400)
		p.Bytes.Store(40e6)
		time.Sleep(1050 * time.Millisecond)
		stop()
		lines := strings.Split(out.String(), "\r")
		first, last := lines[1], lines[len(lines)-3]
		if want := "scanning: 12 files, 300 of 1000 objects, 30 MB, 30 MB/s"; strings.TrimSpace(first) != want {
			t.Errorf("first it says %q, want %q", first, want)
		}
		if want := "scanning: 12 files, 400 of 1000 objects, 40 MB, 19 MB/s, about 7s left"; strings.TrimSpace(last) != want {
			t.Errorf("last it says %q, want %q", last, want)
		}
		if last := lines[len(lines)-2:]; strings.TrimSpace(last[0]) != "" || last[1] != "" {
			t.Errorf("the line is not cleared: %q", last)
		}
		for _, line := range lines {
			if len(line) > 79 {
				t.Errorf("line of %d bytes wraps: %q", len(line), line)
			}
		}
	})
}

func TestShortWorkShowsNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		stop := showProgress(&out, new(scanner.Progress), 80)
		time.Sleep(progressDelay - time.Millisecond)
		stop()
		if out.Len() > 0 {
			t.Errorf("got %q", &out)
		}
	})
}

// In a terminal of any width the line is cut before it wraps.
func TestProgressIsCut(t *testing.T) {
	for _, width := range []int{1, 2, 20, 57, 58, 59} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			p := new(scanner.Progress)
			p.Files.Store(12)
			p.Objects.Store(300)
			p.TotalObjects.Store(1000)
			stop := showProgress(&out, p, width)
			time.Sleep(progressDelay + time.Millisecond)
			stop()
			for line := range strings.SplitSeq(out.String(), "\r") {
				if n := utf8.RuneCountInString(line); n >= width {
					t.Errorf("in %d columns there are %d: %q", width, n, line)
				}
			}
			const whole = "scanning: 12 files, 300 of 1000 objects, 0 MB, 0 MB/s"
			if cut := !strings.Contains(out.String(), whole); cut != (width <= len(whole)) {
				t.Errorf("in %d columns it is cut: %t", width, cut)
			}
		})
	}
}
