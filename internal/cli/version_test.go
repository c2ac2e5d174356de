package cli

import (
	"runtime/debug"
	"testing"
)

func TestBuiltFrom(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	date := debug.BuildSetting{Key: "vcs.time", Value: "2026-01-31T12:00:00Z"}
	modified := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for _, test := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, ""},
		{&debug.BuildInfo{Settings: []debug.BuildSetting{modified}}, ""},
		{&debug.BuildInfo{Settings: []debug.BuildSetting{revision}}, "commit 0123456789, "},
		{&debug.BuildInfo{Settings: []debug.BuildSetting{revision, date}}, "commit 0123456789 of 2026-01-31, "},
		{&debug.BuildInfo{Settings: []debug.BuildSetting{date, modified, revision}}, "commit 0123456789 of 2026-01-31 with changes, "},
	} {
		if got := builtFrom(test.info); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
