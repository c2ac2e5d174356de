package plan

import (
	"context"
	"fmt"

	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// The exit statuses of a scan that ran. They do not depend on the format.
const (
	Clean      = 0
	Findings   = 1
	Incomplete = 3
)

// Finish verifies the keys of a result if the plan says so, adds the notes of the
// plan, and returns the exit status: Findings if there are some that fail; else
// Incomplete if something could not be read, or if Strict and something was skipped;
// else Clean. Suppressed findings never count.
func (p Plan) Finish(ctx context.Context, result *scanner.Result) (status int, err error) {
	status = severityStatus(result, p.FailOn)
	if p.Verifier != nil {
		if err := p.Verifier.Verify(ctx, result.Findings); err != nil {
			return 0, err
		}
		if p.FailOnLive {
			status = liveStatus(result)
			noteUnknown(result)
		}
	}
	if n := len(result.Coverage.Skipped); p.Strict && status == Clean && n > 0 {
		status = Incomplete
		result.Coverage.Notes = append(result.Coverage.Notes, plural.Count(n, "item")+" skipped, so --strict does not pass")
	}
	result.Coverage.Notes = append(result.Coverage.Notes, p.Notes...)
	return status, ctx.Err()
}

// severityStatus fails for findings of a severity and above.
func severityStatus(result *scanner.Result, failOn rules.Severity) int {
	for i := range result.Findings {
		if f := &result.Findings[i]; f.Suppressed == nil && f.Severity >= failOn {
			return Findings
		}
	}
	if !result.Coverage.Complete() {
		return Incomplete
	}
	return Clean
}

// liveStatus fails for live keys. It is also Incomplete if the liveness of a key is
// unknown.
func liveStatus(result *scanner.Result) int {
	for i := range result.Findings {
		if f := &result.Findings[i]; f.Suppressed == nil && f.Liveness.State.Alive() {
			return Findings
		}
	}
	if !result.Coverage.Complete() || unknown(result.Findings) > 0 {
		return Incomplete
	}
	return Clean
}

// unknown counts the keys that are proven neither live nor dead. The keys of a
// suspended tenant are among them: the tenant can be resumed.
func unknown(findings []scanner.Finding) int {
	n := 0
	for i := range findings {
		f := &findings[i]
		isKey := f.Key != (rules.Key{}) && !f.Key.Documented()
		if f.Suppressed == nil && isKey && !f.Liveness.State.Alive() && f.Liveness.State != scanner.Invalid {
			n++
		}
	}
	return n
}

// noteUnknown says why --fail-on-live does not pass.
func noteUnknown(result *scanner.Result) {
	if n := unknown(result.Findings); n > 0 {
		result.Coverage.Notes = append(result.Coverage.Notes,
			fmt.Sprintf("the liveness of %s is unknown, so --fail-on-live does not pass", plural.Count(n, "key")))
	}
}

// Unsuppressed counts the findings that are not suppressed.
func Unsuppressed(findings []scanner.Finding) int {
	n := 0
	for i := range findings {
		if findings[i].Suppressed == nil {
			n++
		}
	}
	return n
}
