package report

import (
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// kind is what a finding is for whoever acts on it.
type kind int

const (
	keyFinding     kind = iota // a key of a tenant
	otherFinding               // another credential
	exampleFinding             // a key of QA Sphere's documentation
	localFinding               // a credential in an ignored file, where it belongs
	lintFinding                // an unsafe practice
)

func kindOf(f *scanner.Finding) kind {
	switch {
	case f.Rule.Lint:
		return lintFinding
	case f.Key.Documented():
		return exampleFinding
	case f.Local:
		return localFinding
	case f.Key == (rules.Key{}):
		return otherFinding
	}
	return keyFinding
}

// tally counts the findings of a result.
type tally struct {
	keys []*scanner.Finding // to revoke, the most urgent first
	// present is the number of those of them that are still in the files.
	present int
	kinds   [lintFinding + 1]int
	// Keys, by what hosts said of them; invalid ones need no revoking. No host was given
	// to ask about those that are unverifiable.
	live, invalid, unverifiable int
	severities                  map[rules.Severity]int
	suppressed                  map[string]int // by what suppresses them
	// Where keys and other credentials are.
	inFiles, staged, inHistory, unreachable bool
	// beside are the paths of the files of git that have some.
	beside []string
}

// add counts a finding. It keeps f, and reads the occurrences of full, which is f with its
// occurrences.
func (t *tally) add(f, full *scanner.Finding) {
	if f.Suppressed != nil {
		t.suppressed[f.Suppressed.By]++
		return
	}
	kind := kindOf(f)
	t.kinds[kind]++
	t.severities[f.Severity]++
	switch state := f.Liveness.State; {
	case kind != keyFinding:
	case state == scanner.Invalid:
		t.invalid++
	default:
		t.keys = append(t.keys, f)
		switch full.Urgency() {
		case scanner.UrgencyClient, scanner.UrgencyFiles, scanner.UrgencyLocal:
			t.present++
		}
		t.live += bit(state.Alive())
		t.unverifiable += bit(state == scanner.Unverifiable)
	}
	if kind == keyFinding || kind == otherFinding {
		t.locate(full)
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (t *tally) locate(f *scanner.Finding) {
	for i := range f.Occurrences {
		at := &f.Occurrences[i]
		staged := at.Object == scanner.ObjectIndex
		t.staged = t.staged || staged
		if at.Beside && !slices.Contains(t.beside, at.Path) {
			t.beside = append(t.beside, at.Path)
		}
		t.inFiles = t.inFiles || at.Present() && !staged && !at.Beside
		t.unreachable = t.unreachable || at.Unreachable()
		t.inHistory = t.inHistory || at.Committed()
	}
}

// onlyStaged reports whether all keys and credentials are in the staged changes.
func (t *tally) onlyStaged() bool {
	return t.staged && !t.inFiles && len(t.beside) == 0 && !t.inHistory && !t.unreachable
}

// leaks is the number of keys and other credentials.
func (t *tally) leaks() int { return t.kinds[keyFinding] + t.kinds[otherFinding] }

// hidden is the number of suppressed findings.
func (t *tally) hidden() int {
	n := 0
	for _, count := range t.suppressed {
		n += count
	}
	return n
}
