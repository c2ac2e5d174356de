package rules

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// source is source code in one of the languages of test automation. There are no parsers
// to use that are pure Go for all of them; rules need only comments, strings and the
// bounds of functions.
type source struct {
	// bare is the text with blanks in the place of comments. code also has blanks in the
	// place of what is in strings. Both have the length of the text.
	bare, code []byte
	// indented says that indentation bounds a function, as in Python, and not braces.
	indented bool
	// names are variables whose value refers to QA Sphere's API.
	names []string
}

// languages are the extensions of source code.
var languages = []string{
	".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".go", ".java", ".kt", ".kts", ".groovy", ".scala", ".cs",
	".php", ".py", ".rb", ".swift", ".dart",
}

func isSource(name string) bool { return slices.Contains(languages, strings.ToLower(path.Ext(name))) }

// Limits of what is judged in a file: nobody writes more by hand, and to judge one place may
// take reading the whole file.
const (
	maxSource = 256 << 10 // bytes
	maxJudged = 200       // places
)

// readSource reads the source code of a file.
func readSource(f File) source {
	text := f.Read()
	if len(text) > maxSource {
		return source{}
	}
	ext := strings.ToLower(path.Ext(f.Path))
	s := source{bare: bytes.Clone(text), code: bytes.Clone(text), indented: ext == ".py" || ext == ".rb"}
	s.blank(s.indented || ext == ".php", !s.indented, strings.HasPrefix(ext, ".js") || strings.HasPrefix(ext, ".ts") || ext == ".mjs" || ext == ".cjs")
	s.names = s.referring(0, len(text))
	return s
}

// blank finds comments and strings.
func (s *source) blank(hash, slashes, regexps bool) {
	text := s.bare
	wipe := func(b []byte, from, to int) {
		for i := from; i < to; i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	for at := 0; at < len(text); {
		c := text[at]
		switch {
		case hash && c == '#', slashes && bytes.HasPrefix(text[at:], []byte("//")):
			end := at + len(firstLine(text[at:]))
			wipe(s.bare, at, end)
			wipe(s.code, at, end)
			at = end
		case slashes && bytes.HasPrefix(text[at:], []byte("/*")):
			end := len(text)
			if i := bytes.Index(text[at:], []byte("*/")); i >= 0 {
				end = at + i + 2
			}
			wipe(s.bare, at, end)
			wipe(s.code, at, end)
			at = end
		case isQuote(c):
			start, end, after := stringAt(text, at)
			wipe(s.code, start, end)
			at = after
		case regexps && c == '/' && beginsRegexp(text, at):
			end := at + 1
			for end < len(text) && text[end] != '/' && text[end] != '\n' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(text))
			wipe(s.code, at+1, end)
			at = end + 1
		default:
			at++
		}
	}
}

// stringAt returns the bounds of the string that begins at text[at], and its end with its
// quotes.
func stringAt(text []byte, at int) (start, end, after int) {
	if text[at] != '`' {
		return groovyString(text, at)
	}
	for end = at + 1; end < len(text); end++ {
		switch text[end] {
		case '\\':
			end++
		case '`':
			return at + 1, end, end + 1
		}
	}
	return at + 1, len(text), len(text)
}

// beginsRegexp reports whether the slash at text[at] begins a regular expression.
func beginsRegexp(text []byte, at int) bool {
	before := bytes.TrimRight(text[max(0, at-16):at], " \t")
	return len(before) > 0 && bytes.IndexByte([]byte("(,=:[!&|?{};"), before[len(before)-1]) >= 0
}

// function returns the bounds of the innermost function around an offset; of the whole
// source if there is none.
func (s source) function(at int) (start, end int) {
	if s.indented {
		return s.indentedFunction(at)
	}
	depth := 0
	for i := at - 1; i >= 0; i-- {
		switch s.code[i] {
		case '}':
			depth++
		case '{':
			if depth--; depth < 0 && s.beginsFunction(i) {
				return i, s.closing(i)
			}
			depth = max(depth, 0)
		}
	}
	return 0, len(s.code)
}

// beginsFunction reports whether the brace at code[at] begins the body of a function.
func (s source) beginsFunction(at int) bool {
	head := bytes.TrimSpace(s.code[max(0, at-400):at])
	if bytes.HasSuffix(head, []byte("=>")) {
		return true
	}
	i := bytes.LastIndexByte(head, ')')
	if i < 0 || bytes.ContainsAny(head[i:], "{};") {
		return false
	}
	depth := 0
	for ; i >= 0; i-- {
		switch head[i] {
		case ')':
			depth++
		case '(':
			depth--
		}
		if depth == 0 {
			break
		}
	}
	word := bytes.TrimSpace(head[:max(i, 0)])
	j := len(word)
	for j > 0 && isIdentifierByte(word[j-1]) {
		j--
	}
	return !slices.Contains([]string{"if", "for", "while", "switch", "catch", "with", "using", "try", "lock", "when", "foreach", "synchronized"}, string(word[j:]))
}

// closing returns the offset after the bracket that closes the one at code[at].
func (s source) closing(at int) int { return s.closingBefore(at, len(s.code)) }

// closingBefore is closing, but reads only up to an offset, which it returns if the bracket
// is not closed before.
func (s source) closingBefore(at, end int) int {
	end = min(end, len(s.code))
	depth := 0
	for i := at; i < end; i++ {
		switch s.code[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return end
}

// indentedFunction is function for languages such as Python.
func (s source) indentedFunction(at int) (start, end int) {
	line := bytes.LastIndexByte(s.code[:at], '\n') + 1
	limit := indentOf(s.code[line:])
	for line > 0 {
		line = bytes.LastIndexByte(s.code[:line-1], '\n') + 1
		content := bytes.TrimSpace(firstLine(s.code[line:]))
		indent := indentOf(s.code[line:])
		if len(content) == 0 || indent >= limit {
			continue
		}
		limit = indent
		if bytes.HasPrefix(content, []byte("def ")) || bytes.HasPrefix(content, []byte("async def ")) {
			return line, s.dedent(line, indent)
		}
	}
	return 0, len(s.code)
}

// dedent returns the end of the block whose first line begins at code[line].
func (s source) dedent(line, indent int) int {
	for at := line + len(firstLine(s.code[line:])) + 1; at < len(s.code); at += len(firstLine(s.code[at:])) + 1 {
		content := bytes.TrimSpace(firstLine(s.code[at:]))
		if len(content) > 0 && indentOf(s.code[at:]) <= indent && content[0] != ')' {
			return at
		}
	}
	return len(s.code)
}

func indentOf(line []byte) int { return skip(line, 0, " \t", len(line)) }

// statement returns where the statement around an offset begins.
func (s source) statement(at int) int {
	depth := 0
	for i := at - 1; i >= 0; i-- {
		switch c := s.code[i]; c {
		case ')', ']':
			depth++
		case '(', '[':
			depth = max(0, depth-1)
		case '{', '}', ';', '\n':
			if depth == 0 && (c != '\n' || !s.continues(i)) {
				return i + 1
			}
		}
	}
	return 0
}

// continues reports whether a statement goes on after the line break at code[at].
func (s source) continues(at int) bool {
	before := bytes.TrimRight(s.code[max(0, at-200):at], " \t\r")
	after := bytes.TrimLeft(s.code[at:min(len(s.code), at+200)], " \t\r\n")
	return len(before) > 0 && bytes.IndexByte([]byte("=(,+.&|?\\"), before[len(before)-1]) >= 0 || len(after) > 0 && after[0] == '.'
}
