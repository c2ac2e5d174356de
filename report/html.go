package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of the page: a browser has to show it, and a person to read it.
const (
	maxCards     = 200  // findings shown in full; the others have only a row
	maxHTMLSkips = 1000 // items not read, of a kind
	// maxHTMLRepositories is how many repositories a page lists.
	maxHTMLRepositories = 500
	// maxPrinted is the number of findings from which on their table is printed,
	// too: on paper the cards of fewer are overview enough.
	maxPrinted = 50
)

var (
	//go:embed page/page.css
	pageStyle string
	//go:embed page/page.js
	pageScript string
)

// HTML writes an audit as one file that needs nothing else: what was scanned, the
// findings by urgency, a picture of the history of each, all locations, what to do
// in which order, and what was read. It loads nothing (its content security policy
// forbids it), is readable without script, and can be printed.
func HTML(w io.Writer, r *scanner.Result, o Options) error {
	h := &htmlReport{newView(r, o), htmlWriter{bufio.NewWriter(w)}}
	h.page()
	if err := h.out.Flush(); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

type htmlReport struct {
	*view
	htmlWriter
}

// htmlWriter writes HTML. An error is returned when its buffer is flushed.
type htmlWriter struct{ out *bufio.Writer }

// raw writes HTML that is a constant of the program.
func (h *htmlWriter) raw(text string) {
	_, _ = h.out.WriteString(text)
}

// put writes a constant format. Its values are texts and numbers; whatever they hold, they
// become text, or parts of an attribute in double quotes that is no link.
func (h *htmlWriter) put(format string, values ...any) {
	for i := range values {
		if text, ok := values[i].(string); ok {
			values[i] = neutral.HTML(text)
		}
	}
	_, _ = fmt.Fprintf(h.out, format, values...)
}

// some writes a format with a value, unless the value is empty.
func (h *htmlWriter) some(format, value string) {
	if value != "" {
		h.put(format, value)
	}
}

// cspHash is how a content security policy names an inline style or script
// (CSP Level 3, section 2.3.1).
func cspHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// headline says in a few words what was found.
func (h *htmlReport) headline() string {
	keys := h.tally.keys
	switch {
	case len(h.found) == 0 && !h.nothingRead() && h.result.Coverage.Complete():
		return "No keys found in " + h.covered()
	case len(keys) == 0:
		return strings.TrimSuffix(h.outcome(), ".")
	}
	text := count(len(keys), "leaked key")
	switch h.tally.present {
	case 0:
		return text + ", only in history"
	case len(keys):
		return text + ", still in the files"
	}
	return text + ", " + number(h.tally.present) + "\u00a0still in the files"
}

// level is how severe the result is, as a class of style.
func (h *htmlReport) level() string {
	if severity, found := h.mostSevere(); found {
		return severity.String()
	}
	if h.nothingRead() || !h.result.Coverage.Complete() {
		return "warning"
	}
	return "good"
}
