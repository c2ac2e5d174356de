package gittest_test

import (
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/gittest"
)

// The same steps give the same commit, on every machine.
func TestRepositoriesAreReproducible(t *testing.T) {
	build := func() (id, date string) {
		r := gittest.New(t)
		r.Write("a/b.txt", "text\n")
		id = r.Commit("first")
		return id, r.Git("log", "-1", "--format=%cI")
	}
	first, date := build()
	second, _ := build()
	if first != second {
		t.Errorf("two builds gave %s and %s", first, second)
	}
	if at, err := time.Parse(time.RFC3339, date); err != nil || at.Before(gittest.Start) {
		t.Errorf("commit date = %s, want one after %s", date, gittest.Start)
	}
}
