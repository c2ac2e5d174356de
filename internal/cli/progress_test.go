package cli

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/internal/targets"
	"github.com/qasleaks/qasleaks/scanner"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := new(scanner.Progress)
		p.Files.Store(12_345)
		p.Bytes.Store(20e6)
		stop := showProgress(&out, scanProgress(p), 80)
		time.Sleep(1050 * time.Millisecond)
		p.Objects.Store(300)
		p.TotalObjects.Store(2_000)
		p.Packed.Store(1e6)
		p.TotalPacked.Store(11e6)
		p.Bytes.Store(30e6)
		time.Sleep(100 * time.Millisecond)
		// Few objects, and most of the bytes.
		p.Objects.Store(1_400)
		p.Packed.Store(9e6)
		p.Bytes.Store(1_230e6)
		time.Sleep(1050 * time.Millisecond)
		stop()
		lines := strings.Split(out.String(), "\r")
		for at, want := range map[int]string{
			1:              "12,345 files, 20 MB",
			2:              "9%  300 of 2,000 objects, 30 MB",
			len(lines) - 3: "81%  1,400 of 2,000 objects, 1.2 GB, 1 s left",
		} {
			if got := strings.TrimSpace(lines[at]); got != want {
				t.Errorf("line %d says %q, want %q", at, got, want)
			}
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

// The line fits 60 columns, whatever the size of the history.
func TestProgressIsShort(t *testing.T) {
	p := new(scanner.Progress)
	for _, total := range []int64{1, 1e3, 12_345_678, 99_999_999} {
		p.TotalObjects.Store(total)
		p.Objects.Store(total)
		p.Bytes.Store(total * 10_000)
		p.TotalPacked.Store(total * 1_000_000)
		for _, packed := range []int64{10, total * 100, total * 999_999, total * 1_000_000} {
			begin := time.Now()
			p.Packed.Store(1)
			line := progressLine{from: scanProgress(p)}
			line.at(begin)
			p.Packed.Store(packed)
			if text := line.at(begin.Add(3 * time.Second)); len(text) > 60 {
				t.Errorf("%q takes %d columns", text, len(text))
			}
		}
	}
}

// Without packs, the number of objects says how far it is.
func TestProgressOfLooseObjects(t *testing.T) {
	p := new(scanner.Progress)
	p.TotalObjects.Store(1000)
	p.Objects.Store(100)
	now := time.Now()
	line := progressLine{from: scanProgress(p)}
	for seconds, test := range map[int]struct {
		objects int64
		want    string
	}{
		0: {100, "10%  100 of 1,000 objects, 0 bytes"},
	} {
		if got := line.at(now.Add(time.Duration(seconds) * time.Second)); got != test.want {
			t.Errorf("after %d s: %q, want %q", seconds, got, test.want)
		}
	}
	for spent, want := range map[time.Duration]string{
		999 * time.Millisecond: "",
		10 * time.Second:       "80 s",
		time.Minute:            "8 min",
		20 * time.Minute:       "3 h",
	} {
		p.Objects.Store(200)
		got := line.at(now.Add(spent))
		if _, left, ok := strings.Cut(got, "bytes, "); ok != (want != "") || ok && left != want+" left" {
			t.Errorf("after %v: %q, want %q left", spent, got, want)
		}
	}
}

func TestProgressOfTargets(t *testing.T) {
	p := new(targets.Progress)
	p.Targets.Store(2000)
	line := progressLine{from: targetsProgress(p)}
	now := time.Now()
	if got := line.at(now); got != "0 of 2,000 targets" {
		t.Errorf("got %q", got)
	}
	p.TotalBytes.Store(1000)
	line.at(now)
	p.Done.Store(3)
	p.Bytes.Store(250)
	if got := line.at(now.Add(10 * time.Second)); got != "25%  3 of 2,000 targets, 30 s left" {
		t.Errorf("got %q", got)
	}
}

// At the end nothing is left.
func TestProgressAtTheEnd(t *testing.T) {
	p := new(scanner.Progress)
	p.TotalObjects.Store(1000)
	p.Objects.Store(100)
	now := time.Now()
	line := progressLine{from: scanProgress(p)}
	line.at(now)
	p.Objects.Store(1000)
	if got := line.at(now.Add(time.Minute)); got != "100%  1,000 of 1,000 objects, 0 bytes" {
		t.Errorf("got %q", got)
	}
}

func TestShortWorkShowsNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		stop := showProgress(&out, scanProgress(new(scanner.Progress)), 80)
		time.Sleep(progressDelay - time.Millisecond)
		stop()
		if out.Len() > 0 {
			t.Errorf("got %q", &out)
		}
	})
}

// In a terminal of any width the line is cut before it wraps.
func TestProgressIsCut(t *testing.T) {
	const whole = "30%  300 of 1,000 objects, 0 bytes"
	for _, width := range []int{1, 2, 20, len(whole) - 1, len(whole), len(whole) + 1} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			p := new(scanner.Progress)
			p.Files.Store(12)
			p.Objects.Store(300)
			p.TotalObjects.Store(1000)
			stop := showProgress(&out, scanProgress(p), width)
			time.Sleep(progressDelay + time.Millisecond)
			stop()
			for line := range strings.SplitSeq(out.String(), "\r") {
				if n := utf8.RuneCountInString(line); n >= width {
					t.Errorf("in %d columns there are %d: %q", width, n, line)
				}
			}
			if cut := !strings.Contains(out.String(), whole); cut != (width <= len(whole)) {
				t.Errorf("in %d columns it is cut: %t", width, cut)
			}
		})
	}
}
