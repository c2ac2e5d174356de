package export

import (
	"errors"
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
)

// ripgrep writes one line for a shell; single quotes serve sh and PowerShell alike. It
// lists files, and prints no keys. The engine is Rust's regex crate
// (github.com/BurntSushi/ripgrep, GUIDE.md of 13.0.0).
var ripgrep = Target{
	Name: "ripgrep",
	Form: "a command line for ripgrep",
	Next: "run it in the directory to search; it lists files, and knows no exceptions",
	write: func(patterns []rules.Pattern) string {
		line := "rg --hidden --no-ignore --text --files-with-matches"
		for _, p := range patterns {
			line += " -e '" + p.Regexp() + "'"
		}
		return line + " .\n"
	},
	read: func(file []byte) ([]rule, error) {
		var all []rule
		for _, match := range regexp.MustCompile(` -e '([^']*)'`).FindAllStringSubmatch(string(file), -1) {
			all = append(all, rule{name: match[1]})
		}
		return all, nil
	},
}

// vscode writes a file that Visual Studio Code opens as a search editor
// (src/vs/workbench/contrib/searchEditor/browser/searchEditorSerialization.ts of
// github.com/microsoft/vscode, read 2026-11-25). The engine is that of ripgrep. In the
// query backslashes are doubled.
var vscode = Target{
	Name: "vscode",
	Form: "a search editor for Visual Studio Code",
	Next: "save it as qasphere.code-search, open it in Visual Studio Code, and run \"Search Editor: Search Again\"; it knows no exceptions",
	write: func(patterns []rules.Pattern) string {
		query := rules.Join(patterns).Regexp()
		return "# Query: " + strings.ReplaceAll(query, `\`, `\\`) + "\n# Flags: CaseSensitive RegExp IgnoreExcludeSettings\n\n"
	},
	read: func(file []byte) ([]rule, error) {
		query := regexp.MustCompile(`(?m)^# Query: (.*?)\r?$`).FindStringSubmatch(string(file))
		if query == nil {
			return nil, errors.New("it has no line \"# Query: \"")
		}
		return []rule{{name: query[1]}}, nil
	},
}
