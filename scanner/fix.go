package scanner

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// Fix is an edit that takes a literal out of a file, or mends a habit: the text from a
// place to another, counted as those of an [Occurrence], gives way to Text. A key that
// was there must be rotated all the same.
type Fix struct {
	// Path is that of the file if it is another than that of the occurrence; then it
	// may have to be made.
	Path string

	Line, Column, EndColumn int
	Text                    string
}

// environment is how languages read the variable in which the official client looks
// for the key (github.com/Hypersequent/qas-cli, README.md), by the extension of the
// file.
var environment = map[string]string{
	".js": "process.env.QAS_TOKEN", ".mjs": "process.env.QAS_TOKEN", ".cjs": "process.env.QAS_TOKEN",
	".jsx": "process.env.QAS_TOKEN", ".ts": "process.env.QAS_TOKEN", ".mts": "process.env.QAS_TOKEN",
	".cts": "process.env.QAS_TOKEN", ".tsx": "process.env.QAS_TOKEN",
	".py": `os.environ["QAS_TOKEN"]`, ".go": `os.Getenv("QAS_TOKEN")`, ".rb": `ENV.fetch("QAS_TOKEN")`,
	".java": `System.getenv("QAS_TOKEN")`, ".kt": `System.getenv("QAS_TOKEN")`, ".kts": `System.getenv("QAS_TOKEN")`,
	".cs": `Environment.GetEnvironmentVariable("QAS_TOKEN")`, ".php": "getenv('QAS_TOKEN')",
}

// made is what is not written by hand: to edit it is no use.
const made = "**/{dist,build,out,public,www,node_modules,vendor,.next,.nuxt,.output,.svelte-kit,storybook-static}/**"

// fixOf returns the edit that has a reference stand in place of a key, where that is
// mechanical: of a string literal that is nothing but the key, and in a workflow of
// GitHub; else nil.
func fixOf(file string, text []byte, h detect.Hit, at Occurrence) *Fix {
	if len(at.Layers) > 0 || h.Key == (rules.Key{}) || len(h.Pieces) > 0 || at.Line != at.EndLine || h.Start == 0 || h.End >= len(text) {
		return nil
	}
	before, after := text[h.Start-1], text[h.End]
	if doublestar.MatchUnvalidated("**/.github/workflows/*.{yml,yaml}", file) {
		if before == '"' && after == '"' || before == '\'' && after == '\'' || before == ' ' && (after == '\n' || after == '\r') {
			return &Fix{Line: at.Line, Column: at.Column, EndColumn: at.EndColumn, Text: "${{ secrets.QAS_TOKEN }}"}
		}
		return nil
	}
	reference := environment[strings.ToLower(path.Ext(file))]
	if doublestar.MatchUnvalidated(made, file) || strings.Contains(path.Base(file), ".min.") {
		return nil
	}
	if reference == "" || before != after || before != '"' && before != '\'' && before != '`' {
		return nil
	}
	if h.Start > 1 && (text[h.Start-2] == before || text[h.Start-2] == '=' && strings.HasSuffix(strings.ToLower(file), "sx")) {
		return nil // a string in three quotes, an attribute in JSX
	}
	return &Fix{Line: at.Line, Column: at.Column - 1, EndColumn: at.EndColumn + 1, Text: reference}
}
