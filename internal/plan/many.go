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
// target: rules, configuration, flags, and the version of the program. Only a merge uses the
// baseline.
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
	settings := struct {
		Version                      string
		Rules                        []rule
		NoHistory, NoFiles, AllFiles bool
		Range                        string
		Since                        time.Time
		Exclude                      []string
		Ignores                      []ignore
		Unpack                       unpack.Limits
		MinConfidence                rules.Confidence
	}{
		Version: version, NoHistory: o.NoHistory, NoFiles: o.NoFiles, AllFiles: o.AllFiles, Range: o.Range, Since: o.Since,
		Exclude: o.Exclude, Unpack: o.Unpack, MinConfidence: o.MinConfidence,
	}
	for _, r := range o.Rules {
		settings.Rules = append(settings.Rules, rule{r.ID, r.Tuning})
	}
	for _, i := range o.Ignores {
		settings.Ignores = append(settings.Ignores, ignore{i.Fingerprint, i.Reason, i.Until, i.Expired(time.Now())})
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return "", fmt.Errorf("identify settings: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}
