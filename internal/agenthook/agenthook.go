// Package agenthook answers the hooks of coding assistants: it stops a key in a prompt, in
// what a tool is called with, and in what a tool returns.
package agenthook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

// maxEvent is how large an event may be, in bytes.
const maxEvent = 64 << 20

// Names returns the names of the products.
func Names() []string {
	var names []string
	for _, p := range products {
		names = append(names, p.Name)
	}
	return names
}

// Find returns the product of this name; false if there is none.
func Find(name string) (Product, bool) {
	i := slices.IndexFunc(products, func(p Product) bool { return p.Name == name })
	if i < 0 {
		return Product{}, false
	}
	return products[i], true
}

// Answer reads an event and returns the answer in the format of the product: JSON that
// stops a key or masks it, or that lets the event pass.
func (p Product) Answer(ctx context.Context, in io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxEvent+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read event: %w", err)
	case len(text) > maxEvent:
		return nil, fmt.Errorf("read event: it has more than %d MiB", maxEvent>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // which Cursor writes on Windows
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil { // its error would quote the event
		return nil, hint.New(p.Name+" writes it to standard input", "read event: expected a JSON object")
	}
	e, err := p.sender(fields).event(fields)
	if err != nil {
		return nil, err
	}
	o := output{event: fields, masked: text}
	if len(e.parts) > 0 {
		at := slices.IndexFunc(e.parts, func(part string) bool { return fields[part] != nil })
		if at < 0 {
			return nil, hint.New("the format of "+p.Name+" may have changed", "read event: %s has no %s", e.name, e.parts[0])
		}
		o.part, o.masked = e.parts[at], fields[e.parts[at]]
	}
	answer, err := e.answer(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("search event: %w", err)
	}
	return json.Marshal(answer)
}

// Pass returns the answer to an event that cannot be read and is allowed; nil for none.
func (p Product) Pass() []byte {
	if p.pass == nil {
		return nil
	}
	answer, _ := json.Marshal(p.pass) // a constant
	return answer
}

// sender returns the product that has sent an event: Cursor and Copilot also run the hooks
// in the settings of Claude Code, with events in their own format.
func (p Product) sender(fields map[string]json.RawMessage) Product {
	for field, name := range map[string]string{"cursor_version": "cursor", copilotResult: "copilot"} {
		if p.Name == "claude" && fields[field] != nil {
			p, _ = Find(name)
		}
	}
	return p
}

// event returns which event the fields are of.
func (p Product) event(fields map[string]json.RawMessage) (event, error) {
	given := fields["hook_event_name"]
	if given == nil {
		given = fields["hookEventName"] // early previews of Visual Studio Code
	}
	var name string
	if json.Unmarshal(given, &name) != nil {
		return event{}, hint.New("set --agent to the product that runs the hook", "read event: it has no name in hook_event_name")
	}
	var known []string
	for _, e := range p.events {
		if e.name == name {
			return e, nil
		}
		known = append(known, e.name)
	}
	return event{}, hint.New("run the hook only for "+strings.Join(known, ", "), "read event: it is none of those that %s can stop", p.Name)
}

// answer masks what is judged, and returns the answer.
func (e event) answer(ctx context.Context, o output) (any, error) {
	m := masker{rewriter: rewrite.New()}
	masked, err := m.json(ctx, o.masked)
	if err != nil && !errors.Is(err, rewrite.ErrLeft) {
		return nil, err
	}
	if err == nil && len(m.Keys) == 0 {
		if e.pass != nil {
			return e.pass, nil
		}
		return object{}, nil
	}
	o.masked, o.reason = masked, m.reason(e)
	if err == nil && e.replace != nil {
		if answer := e.replace(o); answer != nil {
			return answer, nil
		}
	}
	return e.refuse(o.reason), nil
}

// masker masks the keys in JSON, and collects them.
type masker struct {
	rewriter *rewrite.Rewriter
	rewrite.Masked
}

// json returns valid JSON with the keys in its strings masked; all else stays as it is.
func (m *masker) json(ctx context.Context, text []byte) ([]byte, error) {
	var out []byte
	for {
		start := bytes.IndexByte(text, '"')
		if start < 0 {
			break
		}
		end := start + 1
		for text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end++
		literal := text[start:end]
		var plain string
		if err := json.Unmarshal(literal, &plain); err != nil {
			return nil, err
		}
		masked, err := m.text(ctx, []byte(plain))
		if err != nil {
			return nil, err
		}
		out = append(out, text[:start]...)
		if string(masked) == plain {
			out = append(out, literal...)
		} else {
			out = append(out, quote(string(masked))...)
		}
		text = text[end:]
	}
	// A key may be split over several strings.
	out, err := m.text(ctx, append(out, text...))
	if err == nil && !json.Valid(out) {
		return nil, rewrite.ErrLeft
	}
	return out, err
}

func (m *masker) text(ctx context.Context, text []byte) ([]byte, error) {
	masked, keys, err := m.rewriter.Text(ctx, text)
	m.Add(rewrite.Masked{Keys: keys})
	return masked, err
}

// reason says what was found and what to do. No token is in it.
func (m *masker) reason(e event) string {
	found := m.Names()
	return "qasleaks: " + e.name + " has " + strings.Join(found, ", ") + ". An assistant must not see the token of a key. " +
		"Use the variable of the environment that has the key: QAS_TOKEN for qas-cli, QASPHERE_API_KEY for the MCP server."
}

// quote returns a string of JSON.
func quote(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can be encoded
	return strings.TrimSuffix(out.String(), "\n")
}
