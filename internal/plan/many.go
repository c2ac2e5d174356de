package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// addMany refuses what is for one target.
func (p *Plan) addMany(_ context.Context, r Request) error {
	if !r.Many {
		return nil
	}
	for _, other := range []struct {
		flag  string
		given bool
	}{
		{"--staged", r.Staged},
		{"--trust", r.Trust != ""},
		{"standard input", slices.Contains(r.Targets, "-")},
	} {
		if other.given {
			return hint.New("scan one target without --targets, --reports and --shard", "%s is for the scan of one target", other.flag)
		}
	}
	return nil
}

// Settings returns a digest of all that decides what a scan of a target finds besides the
// target: rules, configuration, baseline, flags, and the version of the program.
func (p Plan) Settings(version string) (string, error) {
	type rule struct {
		ID     string
		Tuning rules.Tuning
	}
	type ignore struct {
		Fingerprint, Reason string
		Until               time.Time
		Expired             bool
	}
	o := p.Options
	ignores := func(all []scanner.Ignore) []ignore {
		var list []ignore
		for _, i := range all {
			list = append(list, ignore{i.Fingerprint, i.Reason, i.Until, i.Expired(time.Now())})
		}
		return list
	}
	settings := struct {
		Version                      string
		Rules                        []rule
		NoHistory, NoFiles, AllFiles bool
		Range                        string
		Since                        time.Time
		Exclude                      []string
		Ignores, Baseline            []ignore
		HasBaseline                  bool
		Unpack                       unpack.Limits
		MinConfidence                rules.Confidence
	}{
		Version: version, NoHistory: o.NoHistory, NoFiles: o.NoFiles, AllFiles: o.AllFiles, Range: o.Range, Since: o.Since,
		Exclude: o.Exclude, Ignores: ignores(o.Ignores), Baseline: ignores(o.Baseline), HasBaseline: o.Baseline != nil,
		Unpack: o.Unpack, MinConfidence: o.MinConfidence,
	}
	for _, r := range o.Rules {
		settings.Rules = append(settings.Rules, rule{r.ID, r.Tuning})
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return "", fmt.Errorf("identify settings: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}
