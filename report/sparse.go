package report

import "bytes"

// sparseJSON encodes a SARIF value without the members that go-sarif writes
// always though they say nothing: empty ones, and those that have the default
// that SARIF 2.1.0 gives them.
func sparseJSON(value any) ([]byte, error) {
	text, err := compactJSON(value)
	if err != nil {
		return nil, err
	}
	p := pruner{in: text, out: make([]byte, 0, len(text))}
	p.prune()
	return p.out, nil
}

// sarifDefaults are the members that mean the same when left out.
var sarifDefaults = map[string]string{
	`"rank"`:            `-1`,
	`"index"`:           `-1`,
	`"id"`:              `-1`,
	`"byteOffset"`:      `-1`,
	`"charOffset"`:      `-1`,
	`"enabled"`:         `true`,
	`"isComprehensive"`: `false`,
	`"kind"`:            `"fail"`,
}

// isNoise reports whether a member says nothing. An empty list of results does:
// it says that nothing was found.
func isNoise(name, value string) bool {
	switch value {
	case "null", "{}", `""`:
		return true
	case "[]":
		return name != `"results"`
	}
	return sarifDefaults[name] == value
}

// pruner copies a valid JSON text without white space, leaving out noise.
type pruner struct{ in, out []byte }

func (p *pruner) prune() {
	switch p.in[0] {
	case '{':
		p.members('}', func() string {
			name := p.scalar()
			p.out = append(p.out, ':')
			p.in = p.in[1:]
			return name
		})
	case '[':
		p.members(']', func() string { return "" })
	default:
		p.scalar()
	}
}

// members copies the members of an object or a list up to its end. Those of a
// list have no name, and are all kept.
func (p *pruner) members(end byte, name func() string) {
	p.out = append(p.out, p.in[0])
	p.in = p.in[1:]
	first := true
	for p.in[0] != end {
		if p.in[0] == ',' {
			p.in = p.in[1:]
		}
		before := len(p.out)
		if !first {
			p.out = append(p.out, ',')
		}
		member := name()
		start := len(p.out)
		p.prune()
		if member != "" && isNoise(member, string(p.out[start:])) {
			p.out = p.out[:before]
			continue
		}
		first = false
	}
	p.out = append(p.out, end)
	p.in = p.in[1:]
}

// scalar copies a string, a number or a word, and returns it.
func (p *pruner) scalar() string {
	n := scalarLen(p.in)
	text := p.in[:n]
	p.out = append(p.out, text...)
	p.in = p.in[n:]
	return string(text)
}

func scalarLen(in []byte) int {
	if in[0] != '"' {
		if n := bytes.IndexAny(in, ",]}"); n >= 0 {
			return n
		}
		return len(in)
	}
	for i := 1; ; i++ {
		switch in[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}
