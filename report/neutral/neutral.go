// Package neutral escapes text that others wrote, such as paths, commit summaries
// and lines of source, for the place where it is shown: there it is read as text
// and never obeyed.
//
// Escaping twice with [Terminal] or [Log] changes nothing. The other functions
// escape once, and all but [HTML] escape their text with one of these two first.
package neutral

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terminal returns text as one line in which every character that is not graphic
// is spelled out, such as \x1b, \n or \u202e. These are the control sequences of
// terminals (ECMA-48), the bidirectional controls and invisible characters that
// make text look like something else (CVE-2021-42574, "Trojan Source"), and bytes
// that are not UTF-8. Commands that the agents of build services accept anywhere
// in a line of a log are broken up: ##[error], ##vso[task.setvariable],
// ##teamcity[…].
func Terminal(text string) string {
	if strings.Contains(text, "##") {
		text = logCommand.ReplaceAllString(text, `\x23#$1`)
	}
	if isPrintableASCII(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case IsGraphic(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

var logCommand = regexp.MustCompile(`##([a-z]*\[)`)

func isPrintableASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// IsGraphic reports whether a terminal shows r as a character: it is no control or
// format character and no line separator.
func IsGraphic(r rune) bool { return ' ' <= r && r <= '~' || unicode.IsGraphic(r) }

// Log returns text for a line of the log of a build service, or for a terminal
// whose output may become one: text from [Terminal] in which no word begins with
// "::", since a line that begins so is a workflow command of GitHub Actions
// ("Workflow commands for GitHub Actions") and text may be wrapped before any word.
func Log(text string) string {
	text = Terminal(text)
	for at := 0; ; {
		i := strings.Index(text[at:], "::")
		if i < 0 {
			return text
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if at > 0 && !unicode.IsSpace(before) {
			at += len("::")
			continue
		}
		text = text[:at] + `\x3a` + text[at+1:]
	}
}

// WorkflowData returns lines as the data of a workflow command of GitHub Actions,
// after the second "::". The runner decodes what its toolkit encodes
// (packages/core/src/command.ts, escapeData).
func WorkflowData(lines ...string) string {
	escaped := make([]string, len(lines))
	for i, line := range lines {
		escaped[i] = strings.ReplaceAll(Terminal(line), "%", "%25")
	}
	return strings.Join(escaped, "%0A")
}

// WorkflowProperty returns text as the value of a property of a workflow command
// of GitHub Actions (packages/core/src/command.ts, escapeProperty).
func WorkflowProperty(text string) string { return workflowProperty.Replace(Terminal(text)) }

// Terminal leaves no line breaks to escape.
var workflowProperty = strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C")

// Markdown returns text for GitHub Flavored Markdown, also within a cell of a
// table, where it is no markup (GFM 0.29, section 6.1), no HTML, and no mention,
// reference or link: GitHub looks for these after it has undone the escapes, so
// that an invisible break follows the characters that they begin with.
func Markdown(text string) string {
	text = Log(text)
	var b strings.Builder
	for i, r := range text {
		b.WriteString(MarkdownWords(string(r)))
		rest := text[i+utf8.RuneLen(r):]
		begins := strings.ContainsRune("@#!~%$:&", r) && rest != "" && rest[0] != ' '
		if begins || r == 'w' && strings.HasPrefix(rest, ".") {
			b.WriteString("&#8203;")
		}
	}
	return b.String()
}

// MarkdownWords returns words of qasleaks itself for GitHub Flavored Markdown, where
// they are no markup. Unlike text from [Markdown] they hold nothing invisible, so
// that a reader can copy them.
func MarkdownWords(text string) string { return markdownEscapes.Replace(text) }

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "|", `\|`, "&", "&amp;", "~", `\~`,
)

// MarkdownCode returns text as a code span of GitHub Flavored Markdown, also
// within a cell of a table (GFM 0.29, sections 6.3 and 4.10); empty for an empty
// text. A bar is spelled out, since a backslash before it would undo its escape.
func MarkdownCode(text string) string {
	text = strings.ReplaceAll(Log(text), "|", `\x7c`)
	if text == "" {
		return ""
	}
	longest, run := 0, 0
	for _, c := range text {
		if c != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 || text[0] == ' ' || text[len(text)-1] == ' ' {
		text = " " + text + " " // a code span loses one space at each end
	}
	return fence + text + fence
}

// XML returns text as the content of an element or the value of an attribute
// (XML 1.0, sections 2.2 and 2.4).
func XML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(Log(text))) // a strings.Builder takes everything
	return b.String()
}

// HTML returns text as the content of an element or the value of an attribute in double
// quotes that is no link, style or script (HTML Living Standard, section 13.1). It keeps
// lines: give it text from [Terminal] or [Log], so that control characters are visible.
func HTML(text string) string { return htmlEscapes.Replace(text) }

// A plus sign could begin a character in UTF-7, which old browsers guess.
var htmlEscapes = strings.NewReplacer("\x00", "\ufffd", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// SARIF returns text as a message of SARIF 2.1.0, where braces are placeholders
// (section 3.11.5) and brackets with parentheses are links (section 3.11.6).
func SARIF(text string) string { return sarifEscapes.Replace(Log(text)) }

var sarifEscapes = strings.NewReplacer("{", "{{", "}", "}}", "](", `\](`)
