package scanner_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// Dates that RFC 3339 cannot write are left out, and a note says so.
func TestOddDates(t *testing.T) {
	for seconds, want := range map[int64]string{
		253402300799:        "9999-12-31",
		253402300800:        "",
		9223372036854775807: "",
		-62135596800:        "0001-01-01", // the zero time, which is unknown, too
		-62135596801:        "",
		1:                   "1970-01-01",
		-1:                  "1969-12-31",
	} {
		r := gittest.New(t)
		r.Write("key.txt", keytest.Key(1, keytest.Made)+"\n")
		r.Git("add", "-A")
		commit := fmt.Sprintf("tree %s\nauthor a <b> 1 +0000\ncommitter a <b> %d +0000\n\nx\n", r.Git("write-tree"), seconds)
		r.Git("update-ref", "refs/heads/main", r.Feed(commit, "hash-object", "-t", "commit", "-w", "--stdin", "--literally"))
		result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{NoFiles: true})
		if err != nil {
			t.Fatal(err)
		}
		o := result.Findings[0].Occurrences[0]
		isUnknown := want == "" || want == "0001-01-01"
		if got := o.Commit.Date.Format("2006-01-02"); o.Commit.Date.IsZero() != isUnknown || !isUnknown && got != want {
			t.Errorf("%d: got %s, want %s", seconds, got, want)
		}
		if first := result.Findings[0].Exposure.FirstCommitAt; !first.Equal(o.Commit.Date) {
			t.Errorf("%d: first commit at %v", seconds, first)
		}
		if noted := strings.Contains(fmt.Sprint(result.Coverage.Notes), "years 1 to 9999"); noted != isUnknown {
			t.Errorf("%d: noted %t: %q", seconds, noted, result.Coverage.Notes)
		}
	}
}
