package rules

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

// client is a function of an HTTP library that raises no error for a refused request.
type client struct {
	extensions []string
	// call matches what is before the opening bracket of a call.
	call *regexp.Regexp
}

var (
	scriptFiles = []string{".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte"}
	clients     = []client{
		{[]string{".py"}, regexp.MustCompile(`\b(?:requests|httpx|session|client|http)\.(?:get|post|put|patch|delete|head|request)$`)},
		{scriptFiles, regexp.MustCompile(`(?:^|[^.\w])(?:(?:window|globalThis)\.)?fetch$|\b(?:request|apiContext|apiRequest|http)\.(?:get|post|put|patch|delete|head|fetch)$`)},
		{[]string{".go"}, regexp.MustCompile(`\bhttp\.(?:Get|Post|PostForm|Head)$|\b[cC]lient\.(?:Get|Post|PostForm|Head|Do)$`)},
		{[]string{".java", ".kt", ".kts", ".groovy", ".scala"}, regexp.MustCompile(`\b[cC]lient\.(?:send|newCall)$|\.openConnection$`)},
		{[]string{".cs"}, regexp.MustCompile(`\b\w*[cC]lient\w*\.(?:Get|Post|Put|Patch|Delete|Send)(?:AsJson)?Async$`)},
		{[]string{".php"}, regexp.MustCompile(`\bcurl_exec$`)},
		{[]string{".rb"}, regexp.MustCompile(`\bNet::HTTP\.(?:get|get_response|post|post_form)$|\bhttp\.(?:request|get|post|put|delete)$|\b(?:HTTParty|Faraday)\.(?:get|post|put|patch|delete)$`)},
	}
	// looks are what a function has in it that looks at the status of a response, or has an
	// error raised for it. No identifier goes on after one that ends with a letter.
	looks = []string{
		"raise_for_status", "status_code", ".status", "{ status", "{status", ", status", ".ok", "is_success", "is_error", ".reason", "StatusCode",
		"statusCode", "isSuccess", "isSuccessful", "getResponseCode", "responseCode", "EnsureSuccessStatusCode", "IsSuccessStatusCode", "getinfo",
		"curl_getinfo", "FAILONERROR", "http_response_header", "HTTPSuccess", "HTTPOK", ".code", "success?", "toBeOK", "check(",
		"raise_server_error", "hooks", "event_hooks", "error_for_status", "expect(", "assert",
	}
	prints = regexp.MustCompile(`\b(?:print|println|console\.\w+|log\.\w+|logger\.\w+|logging\.\w+|puts|var_dump|echo|fmt\.Print\w*|log\.Print\w*|System\.out\.print\w*|Console\.Write\w*)\b`)
	// bodies matches the parts of a response that say nothing about its status.
	bodies = regexp.MustCompile(`^\s*[?!]?\.\s*(?:json|text|content|body|data|Body|blob|arrayBuffer|read|close|Close|Content|inputStream|getInputStream|parsed_response)\b`)
	// pipes matches the use of a response right after the call.
	pipes     = regexp.MustCompile(`^\s*(?:\)\s*)?[?!]?\.\s*(?:json|text|content|body|data|then|execute|Result|Content|read)\b`)
	swallows  = regexp.MustCompile(`\.catch\(\s*(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\{\s*\}|null|undefined|\(\s*\)|void 0)\s*\)`)
	emptyTail = regexp.MustCompile(`^\s*catch\s*(?:\([^)]*\))?\s*\{\s*\}`)
	handler   = regexp.MustCompile(`^(?:except\b[^:]*:\s*(?:pass|\.\.\.)?|rescue\b[^;\n]*)$`)
)

// unhandledInSource judges the calls of QA Sphere in source code.
func unhandledInSource(f File) []Lint {
	s := readSource(f)
	ext := strings.ToLower(path.Ext(f.Path))
	i := slices.IndexFunc(clients, func(c client) bool { return slices.Contains(c.extensions, ext) })
	if i < 0 {
		return nil
	}
	var found []Lint
	looked := map[[2]int]bool{}
	judged := 0
	for at := 0; at < len(s.code) && judged < maxJudged; at++ {
		if s.code[at] != '(' {
			continue
		}
		line := bytes.LastIndexByte(s.code[:at], '\n') + 1
		line = max(line, at-120)
		m := clients[i].call.FindIndex(s.code[line:at])
		if m == nil {
			continue
		}
		judged++
		start := line + m[0]
		for start < at && !isIdentifierByte(s.code[start]) {
			start++
		}
		c := httpCall{source: s, start: start, open: at, close: s.closing(at), looked: looked}
		if why := c.ignored(); why != "" {
			name := string(s.bare[start:at])
			found = append(found, unhandledLint(f.Path, start, at, name, "", "The answer of QA Sphere to "+name+" is not checked: "+why))
		}
	}
	return found
}

// httpCall is a call of an HTTP library: code[start:open] is the function.
type httpCall struct {
	source
	start, open, close int
	looked             map[[2]int]bool // by the bounds of functions
}

// ignored says why nobody sees that the call was refused; "" if someone does, or if it does
// not call QA Sphere.
func (c httpCall) ignored() string {
	from, to := c.function(c.start)
	to = max(to, c.close) // brackets may not match
	names := c.referring(from, c.start)
	statement := c.statement(c.start)
	target := c.bare[c.open:c.close]
	if bytes.HasSuffix(c.code[c.start:c.open], []byte("openConnection")) {
		target = c.bare[statement:c.start]
	}
	if !meansAPI(target, names) && !c.isPrepared(names, from) {
		return ""
	}
	if c.swallowed(from, to) {
		return "an error is discarded"
	}
	before := bytes.TrimSpace(c.code[statement:c.start])
	if from == 0 && bytes.Contains(before, []byte("=>")) { // a function without braces
		from, to = statement, c.close+len(firstLine(c.code[c.close:]))
	}
	if c.looks(from, to) {
		return ""
	}
	before = bytes.TrimSpace(bytes.TrimSuffix(before, []byte("await")))
	isBody := pipes.Match(c.code[c.close:min(len(c.code), c.close+64)]) || bytes.HasSuffix(c.code[:c.open], []byte("Net::HTTP.get"))
	if n := len(before); n > 0 && !isBody {
		switch {
		case bytes.HasSuffix(before, []byte("return")), bytes.HasSuffix(before, []byte("yield")), bytes.HasSuffix(before, []byte("=>")):
			return "" // the caller sees the response
		case before[n-1] == ',', before[n-1] == '[', before[n-1] == '(' && !c.isBracketed(before):
			return "" // another function gets it
		}
	}
	const refused = "a key that is refused (401, 403, 400) goes unnoticed"
	if prints.Match(before) {
		return ""
	}
	if bytes.HasPrefix(bytes.TrimSpace(firstLine(c.code[c.close:])), []byte("as ")) { // async with … as response
		name := bytes.TrimSpace(c.code[c.close:])[3:]
		c.close += len(firstLine(c.code[c.close:]))
		return c.unread(name, to, refused)
	}
	if i := assignment(c.code[statement:c.start]); i > 0 {
		names := assignedNames(c.code[statement : statement+i])
		if isBody || len(names) == 0 {
			return refused
		}
		if !c.indented && len(bytes.Fields(c.code[statement:statement+i])) == 1 {
			to = len(c.code) // it is declared outside, and other functions may look at it
		}
		return c.unread([]byte(names[0]), to, refused)
	}
	return refused
}

// looks reports whether code[from:to] looks at the status of a response.
func (c httpCall) looks(from, to int) bool {
	part := [2]int{from, to}
	if known, ok := c.looked[part]; ok {
		return known
	}
	found := slices.ContainsFunc(looks, func(word string) bool {
		for at := from; ; {
			i := bytes.Index(c.code[at:to], []byte(word))
			if i < 0 {
				return false
			}
			at += i + len(word)
			if at >= len(c.code) || !isIdentifierByte(word[len(word)-1]) || !isIdentifierByte(c.code[at]) || word == "assert" {
				return true
			}
		}
	})
	c.looked[part] = found
	return found
}

// isBracketed reports whether a text ends with a bracket that belongs to no call, as in
// (await fetch(url)).json().
func (c httpCall) isBracketed(before []byte) bool {
	before = bytes.TrimSpace(before[:len(before)-1])
	return len(before) == 0 || !isIdentifierByte(before[len(before)-1]) || bytes.HasSuffix(before, []byte("await")) || bytes.HasSuffix(before, []byte("return"))
}

// isPrepared reports whether the call sends what was prepared in its function, as with
// curl_setopt, for QA Sphere.
func (c httpCall) isPrepared(names []string, from int) bool {
	return bytes.HasSuffix(c.code[:c.open], []byte("curl_exec")) && meansAPI(c.bare[from:c.start], names)
}

// unread returns why if a response with a name is used only for its body after the call.
func (c httpCall) unread(name []byte, to int, why string) string {
	end := 0
	for end < len(name) && isIdentifierByte(name[end]) {
		end++
	}
	name = name[:end]
	if end == 0 {
		return why
	}
	for at := c.close; at < to; {
		i := bytes.Index(c.code[at:to], name)
		if i < 0 {
			break
		}
		start := at + i
		at = start + len(name)
		if isIdentifierByte(c.code[start-1]) || at < len(c.code) && isIdentifierByte(c.code[at]) {
			continue
		}
		line := c.code[bytes.LastIndexByte(c.code[:start], '\n')+1 : start]
		if !bodies.Match(c.code[at:min(len(c.code), at+64)]) || prints.Match(line) {
			return ""
		}
	}
	return why
}

// swallowed reports whether an empty handler discards the errors of the call.
func (c httpCall) swallowed(from, to int) bool {
	rest := c.code[min(c.close, to):to] // an unbalanced call ends after its function
	end := bytes.IndexAny(rest, ";}")
	if end < 0 {
		end = len(rest)
	}
	if swallows.Match(rest[:min(len(rest), end+40)]) && bytes.IndexByte(rest[:min(len(rest), end)], '\n') < 0 || swallows.Match(rest[:min(end, len(rest))]) {
		return true
	}
	if c.indented {
		return c.swallowedBelow(to)
	}
	for i := c.start - 1; i >= from; i-- {
		if c.code[i] != '{' || !bytes.HasSuffix(bytes.TrimSpace(c.code[max(0, i-8):i]), []byte("try")) {
			continue
		}
		if end := c.closing(i); end > c.close {
			return emptyTail.Match(c.code[end:min(len(c.code), end+Reach)]) && emptyTail.Match(c.bare[end:min(len(c.code), end+Reach)])
		}
	}
	return false
}

// swallowedBelow reports whether the next handler below the call, with less indentation, is
// empty: except: pass.
func (c httpCall) swallowedBelow(to int) bool {
	indent := indentOf(c.code[bytes.LastIndexByte(c.code[:c.start], '\n')+1:])
	for at := c.close + len(firstLine(c.code[c.close:])) + 1; at < to; {
		line := firstLine(c.code[at:to])
		at += len(line) + 1
		content := bytes.TrimSpace(line)
		if len(content) == 0 || indentOf(line) >= indent {
			continue
		}
		if !handler.Match(content) {
			return false
		}
		if bytes.HasSuffix(content, []byte("pass")) || bytes.HasSuffix(content, []byte("...")) {
			return true
		}
		next := bytes.TrimSpace(firstLine(bytes.TrimLeft(c.code[min(at, to):to], " \t\r\n")))
		return string(next) == "pass" || string(next) == "..." || string(next) == "nil" || string(next) == "end"
	}
	return false
}
