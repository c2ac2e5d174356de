package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// keys are the keys to verify.
type keys struct {
	result *scanner.Result
	// gone are the keys of the report that are not in its source any more.
	gone []rules.Key
}

// goneReason says why such a key cannot be verified.
const goneReason = "it is not in the source any more, so there is no token to ask with"

// auditLog names the audit log among what was not read.
const auditLog = "audit log"

// auditKey returns the key to read the audit log with; nil if it is not to be read. It is
// taken from the environment and nowhere else, and no error quotes it.
func (s *session) auditKey(c *cmdline.Context) (*scanner.Finding, error) {
	name := c.String("audit-key-env")
	switch {
	case name == "":
		return nil, nil
	case c.String("report") == "":
		return nil, hint.New("add --report FILE and --source PATH", "--audit-key-env needs the report of a repository: its commits tell since when a key is exposed")
	}
	const advice = "write the name of a variable of the environment, never the key itself"
	value := s.getenv(name)
	if value == "" {
		return nil, hint.New(advice, "--audit-key-env names a variable that is not set")
	}
	result, err := scanner.Keys([]byte(value))
	if err != nil || len(result.Findings) != 1 {
		return nil, hint.New(advice, "the variable that --audit-key-env names has no key: expected {tenant ID}.{key ID}.{token}")
	}
	return &result.Findings[0], nil
}

// keys returns the keys that the command line asks about.
func (s *session) keys(c *cmdline.Context) (keys, error) {
	report, source := c.String("report"), c.String("source")
	switch {
	case report != "" && source == "":
		return keys{}, hint.New("name what was scanned: --source PATH", "--report needs --source: a report contains no tokens")
	case report == "" && source != "":
		return keys{}, hint.New("to verify all keys of a source write \"qasleaks scan --verify PATH\"", "--source needs --report")
	case report != "":
		return s.reported(c.Context, report, source, c.Bool("quiet"))
	case c.Bool("discover"):
		return keys{}, hint.New("name the host with --url", "--discover needs --source: there are no hosts near keys on standard input")
	}
	if isTerminal(s.stdin) && !c.Bool("quiet") {
		fmt.Fprintln(s.stderr, "qasleaks: enter keys, one per line, and end with Ctrl-D")
	}
	return s.typed(c.Context)
}

// typed reads keys from standard input, one per line. It skips empty lines and lines
// that begin with #.
func (s *session) typed(ctx context.Context) (keys, error) {
	text, err := readAll(ctx, s.stdin)
	if err != nil {
		return keys{}, err
	}
	result, err := scanner.Keys(text)
	if err != nil {
		return keys{}, err
	}
	return keys{result: result}, nil
}

// readAll reads all of r, or until ctx ends.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type read struct {
		text []byte
		err  error
	}
	const most = 1 << 20
	done := make(chan read, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(r, most+1))
		done <- read{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-done:
		switch {
		case got.err != nil:
			return nil, fmt.Errorf("read standard input: %w", got.err)
		case len(got.text) > most:
			return nil, hint.New("verify the keys in several runs", "standard input is larger than 1 MiB")
		}
		return got.text, nil
	}
}

// reported scans a source for the keys of a report.
func (s *session) reported(ctx context.Context, report, source string, quiet bool) (keys, error) {
	wanted, err := readReport(report)
	if err != nil {
		return keys{}, err
	}
	result, err := s.watched(ctx, plan.Plan{Targets: []string{source}, Options: scanner.Options{Stdin: s.stdin}}, quiet)
	if err != nil {
		return keys{}, err
	}
	found := keys{result: result}
	result.Findings = slices.DeleteFunc(result.Findings, func(f scanner.Finding) bool { return !slices.Contains(wanted, f.Key) })
	for i := range result.Findings {
		result.Findings[i].Suppressed = nil // a key that is listed is to be verified
	}
	for _, key := range wanted {
		if !slices.ContainsFunc(result.Findings, func(f scanner.Finding) bool { return f.Key == key }) {
			found.gone = append(found.gone, key)
			result.Coverage.Skipped = append(result.Coverage.Skipped, scanner.Skip{Path: key.String(), Kind: scanner.SkipFailed, Reason: goneReason})
		}
	}
	return found, nil
}

// readReport returns the keys of a JSON report, each once.
func readReport(path string) ([]rules.Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &hint.Error{Err: err, Hint: "name a report that was written by \"qasleaks scan --format json\""}
	}
	var report struct {
		SchemaVersion int
		Tool          struct{ Name string }
		Findings      []struct {
			Key *struct{ TenantID, KeyID string }
		}
	}
	if err := json.Unmarshal(text, &report); err != nil || report.Tool.Name != "qasleaks" || report.SchemaVersion != 1 {
		return nil, hint.New("write one with \"qasleaks scan --format json --output FILE\"", "%s is not a JSON report of qasleaks", path)
	}
	var wanted []rules.Key
	for i, f := range report.Findings {
		if f.Key == nil {
			continue
		}
		// The report contains no token, and any will do.
		key, ok := rules.ParseKey(f.Key.TenantID + "." + f.Key.KeyID + ".token0")
		if !ok {
			return nil, hint.New("use the report as qasleaks wrote it", "%s: the key ID of finding %d is not valid", path, i+1)
		}
		if !key.Documented() && !slices.Contains(wanted, key) {
			wanted = append(wanted, key)
		}
	}
	if len(wanted) == 0 {
		return nil, hint.New("there is nothing to verify", "there are no keys in %s", path)
	}
	return wanted, nil
}
