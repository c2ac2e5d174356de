package rules

import (
	"bytes"
	"errors"
	"path"
	"slices"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// script is shell code in a file.
type script struct {
	text []byte
	// macros says that the CI service replaces $(NAME), as Azure Pipelines does.
	macros bool
	// place returns the bounds in the file of text[from:to].
	place func(from, to int) (start, end int)
	// calls returns the simple commands, in order.
	calls func() []shellCall
}

func newScript(text []byte, macros bool, place func(from, to int) (start, end int)) script {
	s := script{text: text, macros: macros, place: place}
	s.calls = sync.OnceValue(s.parse)
	return s
}

// shellCall is a simple command, with the contexts that matter to rules.
type shellCall struct {
	start, end int
	// name is the program without its folder, behind sudo, npx and similar commands;
	// empty if there are only assignments.
	name    string
	args    []shellWord
	assigns []shellWord // before the program
	input   []shellWord // here documents
	// pipedTo is the program that gets the output; redirected says that a file gets it,
	// and captured that a substitution does.
	pipedTo, pipeline    string // pipeline is the text of that command
	redirected, captured bool
	// writes are the files that the output or the here document goes to.
	writes []string
	// forgiven says that || true or a similar command follows.
	forgiven bool
	// examined says that something depends on the exit status.
	examined bool
}

// shellWord is a word of a command. Its text has a NUL in place of each expansion.
type shellWord struct {
	start, end int
	text       string
	refs       []credentialName
}

// all returns the words of a command.
func (c shellCall) all() []shellWord { return slices.Concat(c.assigns, c.args, c.input) }

// has reports whether one of some options is an argument: -k, --insecure, or a letter in a
// group such as -sk.
func (c shellCall) has(options ...string) bool {
	return slices.ContainsFunc(c.args, func(w shellWord) bool { return isOption(w.text, options...) })
}

func isOption(word string, options ...string) bool {
	name, _, _ := strings.Cut(word, "=")
	return slices.ContainsFunc(options, func(o string) bool {
		isGroup := len(o) == 2 && len(word) > 1 && word[0] == '-' && word[1] != '-' && strings.Trim(word[1:], letters) == ""
		return name == o || isGroup && strings.IndexByte(word, o[1]) > 0
	})
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ#0"

// Limits of shell code that is parsed: the parser is recursive.
const (
	maxScript  = 64 << 10
	maxNesting = 2000
	maxErrors  = 50
)

// parse returns the simple commands of a script, in order. It passes over lines that are
// no shell.
func (s script) parse() []shellCall {
	if len(s.text) > maxScript || bytes.Count(s.text, []byte("("))+bytes.Count(s.text, []byte("{"))+bytes.Count(s.text, []byte("`")) > maxNesting {
		return nil
	}
	masked, expressions := maskExpressions(s.text)
	r := shellReader{script: s, expressions: expressions}
	parser := syntax.NewParser(syntax.Variant(syntax.LangBash))
	for range maxErrors {
		after := -1
		for stmt, err := range parser.StmtsSeq(bytes.NewReader(masked)) {
			var wrong syntax.ParseError
			switch {
			case err == nil:
				r.read(stmt)
			case errors.As(err, &wrong):
				after = int(wrong.Pos.Offset())
			}
		}
		if after < 0 || after >= len(masked) {
			break
		}
		next := bytes.IndexByte(masked[after:], '\n')
		if next < 0 {
			break
		}
		for i := range masked[:after+next] {
			masked[i] = ' '
		}
	}
	slices.SortStableFunc(r.found, func(a, b shellCall) int { return a.start - b.start })
	return slices.CompactFunc(r.found, func(a, b shellCall) bool { return a.start == b.start && a.end == b.end })
}

// shellReader collects commands from syntax trees.
type shellReader struct {
	script
	expressions []credentialName
	above       []syntax.Node
	found       []shellCall
}

func (r *shellReader) read(stmt *syntax.Stmt) {
	r.above = r.above[:0]
	syntax.Walk(stmt, func(n syntax.Node) bool {
		switch n := n.(type) {
		case nil:
			r.above = r.above[:len(r.above)-1]
			return true
		case *syntax.CallExpr:
			r.add(n, n.Args, n.Assigns)
		case *syntax.DeclClause:
			r.add(n, []*syntax.Word{{Parts: []syntax.WordPart{n.Variant}}}, n.Args)
		}
		r.above = append(r.above, n)
		return true
	})
}

// add adds a command.
func (r *shellReader) add(n syntax.Node, words []*syntax.Word, assigns []*syntax.Assign) {
	c := shellCall{start: int(n.Pos().Offset()), end: int(n.End().Offset())}
	for _, a := range assigns {
		w := r.word(a)
		if a.Name != nil {
			w.text = a.Name.Value + "=" + r.flat(a.Value)
		}
		c.assigns = append(c.assigns, w)
	}
	var args []shellWord
	for _, word := range words {
		w := r.word(word)
		w.text = r.flat(word)
		args = append(args, w)
	}
	if i := programIn(args); i < len(args) {
		c.name = path.Base(args[i].text)
		c.assigns = append(c.assigns, args[:i]...)
		c.args = args[i+1:]
	}
	r.context(&c)
	r.found = append(r.found, c)
}

// context sets what the nodes around a command do with its output and its exit status.
func (r *shellReader) context(c *shellCall) {
	for _, n := range r.above {
		within := func(part syntax.Node) bool {
			return part != nil && int(part.Pos().Offset()) <= c.start && c.end <= int(part.End().Offset())
		}
		switch n := n.(type) {
		case *syntax.Stmt:
			c.examined = c.examined || n.Negated
			for _, redirect := range n.Redirs {
				if redirect.Hdoc != nil {
					c.input = append(c.input, r.word(redirect.Hdoc))
				}
				if r.takesOutput(redirect) {
					c.redirected, c.writes = true, append(c.writes, r.flat(redirect.Word))
				}
			}
		case *syntax.CmdSubst, *syntax.ProcSubst:
			c.captured, c.redirected, c.pipedTo = true, false, ""
		case *syntax.IfClause:
			c.examined = c.examined || slices.ContainsFunc(n.Cond, func(s *syntax.Stmt) bool { return within(s) })
		case *syntax.BinaryCmd:
			if !within(n.X) {
				continue
			}
			next := r.firstOf(n.Y)
			switch n.Op {
			case syntax.Pipe, syntax.PipeAll:
				if next != "tee" {
					c.pipedTo, c.pipeline = next, string(r.text[n.Y.Pos().Offset():n.Y.End().Offset()])
				}
			case syntax.OrStmt:
				c.forgiven = next == "true" || next == ":"
				c.examined = !c.forgiven
			}
		}
	}
}

// firstOf returns the program of a statement.
func (r *shellReader) firstOf(s *syntax.Stmt) string {
	if call, ok := s.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 {
		return path.Base(r.flat(call.Args[0]))
	}
	return "{"
}

// takesOutput reports whether a redirection writes the standard output to a file.
func (r *shellReader) takesOutput(d *syntax.Redirect) bool {
	switch d.Op {
	case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll:
		return (d.N == nil || d.N.Value == "1") && !strings.HasPrefix(r.flat(d.Word), "/dev/std")
	}
	return false
}

// word returns a node as a word, with the credentials that are replaced by their values.
func (r *shellReader) word(n syntax.Node) shellWord {
	w := shellWord{start: int(n.Pos().Offset()), end: int(n.End().Offset())}
	for _, e := range r.expressions {
		if w.start <= e.start && e.end <= w.end {
			w.refs = append(w.refs, e)
		}
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			if ref, ok := r.parameter(n); ok {
				w.refs = append(w.refs, ref)
			}
		case *syntax.CmdSubst:
			if name := r.macro(n); name != "" {
				w.refs = append(w.refs, credentialName{int(n.Pos().Offset()), int(n.End().Offset()), name})
			}
			return false // its commands are judged themselves
		}
		return true
	})
	slices.SortFunc(w.refs, func(a, b credentialName) int { return a.start - b.start })
	return w
}

// parameter returns the credential whose value an expansion is.
func (r *shellReader) parameter(p *syntax.ParamExp) (credentialName, bool) {
	start, end := int(p.Pos().Offset()), int(p.End().Offset())
	if p.Param == nil || p.Length || p.Exp != nil && (p.Exp.Op == syntax.AlternateUnset || p.Exp.Op == syntax.AlternateUnsetOrNull) {
		return credentialName{}, false
	}
	name := p.Param.Value
	if name == "env" && end < len(r.text) && r.text[end] == ':' { // $env:NAME of PowerShell
		last := nameEnd(r.text, end+1)
		name, end = string(r.text[end+1:last]), last
	}
	if !isCredentialName(name) {
		return credentialName{}, false
	}
	if p.Exp != nil || p.Slice != nil || p.Repl != nil {
		end = int(p.Param.End().Offset()) // the text after the name may be a secret
	}
	return credentialName{start, end, name}, true
}

// macro returns the credential that a CI service puts in the place of a substitution.
func (r *shellReader) macro(s *syntax.CmdSubst) string {
	if !r.macros || len(s.Stmts) != 1 {
		return ""
	}
	if name := r.firstOf(s.Stmts[0]); isCredentialName(name) {
		return name
	}
	return ""
}

// flat returns the text of a word without quotes.
func (r *shellReader) flat(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	var b strings.Builder
	var add func(parts []syntax.WordPart)
	add = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch part := part.(type) {
			case *syntax.Lit:
				b.WriteString(part.Value)
			case *syntax.SglQuoted:
				b.WriteString(part.Value)
			case *syntax.DblQuoted:
				add(part.Parts)
			default:
				b.WriteByte(0)
			}
		}
	}
	add(w.Parts)
	return b.String()
}

// programIn returns the index of the program in the words of a command: after sudo, env,
// npx and similar commands, their options and assignments.
func programIn(words []shellWord) int {
	runners := []string{"sudo", "env", "time", "exec", "command", "nohup", "npx", "bunx", "xargs"}
	for i := 0; i < len(words); i++ {
		switch base := path.Base(words[i].text); {
		case slices.Contains(runners, base) && i+1 < len(words):
			for i+1 < len(words) && (strings.HasPrefix(words[i+1].text, "-") || strings.Contains(words[i+1].text, "=")) {
				i++
			}
		case slices.Contains([]string{"pnpm", "yarn", "npm", "bun"}, base) && i+2 < len(words) && slices.Contains([]string{"dlx", "exec", "x"}, words[i+1].text):
			i++
			if words[i+1].text == "--" {
				i++
			}
		default:
			return i
		}
	}
	return max(0, len(words)-1)
}

// isClient reports whether a program is the official client or MCP server.
func isClient(program string) bool {
	name, _, _ := strings.Cut(program, "@")
	return name == "qas-cli" || name == "qasphere" || name == "qasphere-mcp"
}
