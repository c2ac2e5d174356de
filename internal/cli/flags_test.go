package cli

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/scanner/unpack"
	"github.com/qasleaks/qasleaks/verify"
)

// requestOf returns what a scan with these flags asks for.
func requestOf(t *testing.T, flags string) (plan.Request, error) {
	t.Helper()
	s := &session{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer), getenv: func(string) string { return "" }}
	c, err := s.program().Parse(append([]string{"scan"}, strings.Fields(flags)...))
	if err != nil {
		t.Fatal(err)
	}
	return s.request(c, c.Args())
}

func TestDefaultRequest(t *testing.T) {
	r, err := requestOf(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if r.Unpack != unpack.DefaultLimits() || r.FailOn != "" || r.MinConfidence != "" || r.Jobs != 0 || r.Verify != nil {
		t.Errorf("got %+v", r)
	}
}

func TestUnpackLimits(t *testing.T) {
	const mib = 1 << 20
	r, err := requestOf(t, "--max-archive-depth 100 --max-member-size 1 --max-archive-size 1048576")
	if want := (unpack.Limits{Depth: 100, Member: mib, Total: mib << 20}); err != nil || r.Unpack.Depth != want.Depth || r.Unpack.Member != want.Member || r.Unpack.Total != want.Total {
		t.Errorf("got %+v, %v", r.Unpack, err)
	}
	if r, err := requestOf(t, "--max-archive-depth 0"); err != nil || r.Unpack.Depth != 0 {
		t.Errorf("got %+v, %v", r.Unpack, err)
	}
}

func TestInvalidNumbers(t *testing.T) {
	for _, flag := range []string{
		"--jobs=0", "--jobs=-1", "--max-archive-depth=-1", "--max-archive-depth=101", "--max-member-size=0", "--max-member-size=1048577",
		"--max-archive-size=0", "--max-archive-size=1048577", "--verify --max-keys=0",
	} {
		_, value, _ := strings.Cut(flag, "=")
		name, _, _ := strings.Cut(flag[strings.LastIndex(flag, "--"):], "=")
		want := "invalid value " + value + " for " + name + ": "
		if _, err := requestOf(t, flag); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", flag, err, want)
		}
	}
}

func TestVerifyOptions(t *testing.T) {
	for _, flag := range []string{"--fail-on-live", "--url=x", "--discover", "--allow-host=x", "--proxy=x", "--analyze", "--max-keys=1"} {
		name, _, _ := strings.Cut(flag, "=")
		if _, err := requestOf(t, flag); err == nil || err.Error() != name+" has no effect without --verify" {
			t.Errorf("%s: got %v", flag, err)
		}
	}
	r, err := requestOf(t, "--verify --url u --url w --discover --allow-host h --proxy p --analyze --max-keys 3 --fail-on-live")
	want := verify.Options{URLs: []string{"u", "w"}, Source: "--url", Discover: true, AllowHost: "h", Proxy: "p", Analyze: true, MaxKeys: 3}
	if err != nil || r.Verify == nil || !reflect.DeepEqual(*r.Verify, want) || !r.FailOnLive {
		t.Errorf("got %+v, %v", r.Verify, err)
	}
}

// The request has each flag in its field.
func TestRequest(t *testing.T) {
	r, err := requestOf(t, "a --staged --no-history --history-only --all-files --range b..c --since d --rule e --rule f "+
		"--min-confidence g --fail-on h --config i --baseline j --trust k --jobs 7 l")
	if err != nil {
		t.Fatal(err)
	}
	if !r.Staged || !r.NoHistory || !r.HistoryOnly || !r.AllFiles || r.Jobs != 7 {
		t.Errorf("got %+v", r)
	}
	got := strings.Join([]string{strings.Join(r.Targets, "+"), r.Range, r.Since, strings.Join(r.Rules, "+"), r.MinConfidence, r.FailOn, r.Config, r.Baseline, r.Trust}, " ")
	if got != "a+l b..c d e+f g h i j k" {
		t.Errorf("got %s", got)
	}
}
