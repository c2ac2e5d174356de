package scanner

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// Fix is an edit that removes a literal from a file or fixes a lint finding. It
// replaces the text between two columns, counted as in an [Occurrence], with Text. A
// key that is removed must still be rotated.
type Fix struct {
	// Path is the file to edit if it is not the file of the occurrence. The file may
	// not exist yet.
	Path string

	Line, Column, EndColumn int
	Text                    string
}

// environment maps file extensions to the expression that reads QAS_TOKEN, the variable
// from which the official client reads the key (github.com/Hypersequent/qas-cli,
// README.md).
var environment = map[string]string{
	".js": "process.env.QAS_TOKEN", ".mjs": "process.env.QAS_TOKEN", ".cjs": "process.env.QAS_TOKEN",
	".jsx": "process.env.QAS_TOKEN", ".ts": "process.env.QAS_TOKEN", ".mts": "process.env.QAS_TOKEN",
	".cts": "process.env.QAS_TOKEN", ".tsx": "process.env.QAS_TOKEN",
	".py": `os.environ["QAS_TOKEN"]`, ".go": `os.Getenv("QAS_TOKEN")`, ".rb": `ENV.fetch("QAS_TOKEN")`,
	".java": `System.getenv("QAS_TOKEN")`, ".kt": `System.getenv("QAS_TOKEN")`, ".kts": `System.getenv("QAS_TOKEN")`,
	".cs": `Environment.GetEnvironmentVariable("QAS_TOKEN")`, ".php": "getenv('QAS_TOKEN')",
}

// generated matches files that are not written by hand. They get no fixes.
const generated = "**/{dist,build,out,public,www,node_modules,vendor,.next,.nuxt,.output,.svelte-kit,storybook-static}/**"

// fixOf returns the edit that replaces a key with a reference to the environment, if
// that is mechanical: for a string literal that contains only the key, and in a GitHub
// workflow; else nil.
func fixOf(file string, text []byte, h *detect.Hit, at *Occurrence) *Fix {
	if len(at.Layers) > 0 || h.Key == (rules.Key{}) || len(h.Pieces) > 0 || at.Line != at.EndLine || h.Start == 0 || h.End >= len(text) {
		return nil
	}
	before, after := text[h.Start-1], text[h.End]
	if before != ' ' && before != '"' && before != '\'' && before != '`' {
		return nil
	}
	extension := strings.ToLower(path.Ext(file))
	if strings.HasPrefix(extension, ".y") && doublestar.MatchUnvalidated("**/.github/workflows/*.{yml,yaml}", file) {
		if before == '"' && after == '"' || before == '\'' && after == '\'' || before == ' ' && (after == '\n' || after == '\r') {
			return &Fix{Line: at.Line, Column: at.Column, EndColumn: at.EndColumn, Text: "${{ secrets.QAS_TOKEN }}"}
		}
		return nil
	}
	reference := environment[extension]
	if reference == "" || before != after || before != '"' && before != '\'' && before != '`' {
		return nil
	}
	if doublestar.MatchUnvalidated(generated, file) || strings.Contains(path.Base(file), ".min.") {
		return nil
	}
	if h.Start > 1 && (text[h.Start-2] == before || text[h.Start-2] == '=' && strings.HasSuffix(strings.ToLower(file), "sx")) {
		return nil // a triple-quoted string, or a JSX attribute
	}
	return &Fix{Line: at.Line, Column: at.Column - 1, EndColumn: at.EndColumn + 1, Text: reference}
}
