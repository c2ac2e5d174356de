package rules

import "bytes"

const (
	// MinWrap is the width from which on a line may be wrapped, in bytes.
	MinWrap = 40
	// LineMarks are before the text of a line: indentation, also of one blank, by which lines
	// are folded in calendars, address books and directories (RFC 5545, 6350, 2849), and the
	// marks of quotes, comments and changes. MaxMarks is how many may be there.
	LineMarks = " \t>#/*|+"
	MaxMarks  = 40
	// maxWrap is how long a line of a table or a wrapped log may be, in bytes.
	maxWrap = 400
)

// wrappedKey returns the key that begins before the dot at text[dot], if lines end inside
// it: a log that was wrapped at a fixed width, or a cell of a table. The key ID follows
// the dot. Where the tenant ID is broken, only its end is known.
func wrappedKey(text []byte, dot int) (Match, bool) {
	start := keyBefore(text, dot)
	if start < 0 {
		return Match{}, false
	}
	w := wrapped{text: text}
	id := w.word(dot+1, hqid7Len)
	created, ok := parseHqid7(string(cut(text, id)))
	if !ok || w.at >= len(text) || text[w.at] != '.' {
		return Match{}, false
	}
	token := wholeToken(w.word(w.at+1, maxTokenLen))
	secret := cut(text, token)
	if !w.found || len(secret) < minBareTokenLen || len(secret) > maxTokenLen || !looksRandom(secret) {
		return Match{}, false
	}
	if first := token[0]; first.Start == dot+1+hqid7Len+1 && first.End-first.Start >= minBareTokenLen {
		return Match{}, false // what follows may be the next line of something else
	}
	key := Key{TenantID: string(text[start:dot]), KeyID: string(cut(text, id)), CreatedAt: created}
	where := "wrapped over lines"
	if onLineBefore(text, start, dot) {
		where += "; " + beforeLine
	}
	m, ok := match(text, key, start, token[len(token)-1].End, Medium, where)
	m.Token = token
	return m, ok
}

// wholeToken returns the first of some pieces, if they make a token as QA Sphere issues them:
// it may be that the line ends after it.
func wholeToken(pieces []Range) []Range {
	length := 0
	for i, p := range pieces {
		if length += p.End - p.Start; length == issuedTokenLen {
			return pieces[:i+1]
		}
	}
	return pieces
}

// wrapped reads words over the ends of lines that are wrapped at one width.
type wrapped struct {
	text  []byte
	at    int // after the last word
	width int // of the lines, in bytes; 0 if it is not known yet
	// content is the width of the lines without marks, which some programs do not count.
	content int
	marks   int // before the text of the lines after the first
	found   bool
}

// word returns the pieces of the word at text[at:], of at most longest bytes.
func (w *wrapped) word(at, longest int) (pieces []Range) {
	for w.at = at; longest > 0; {
		if next := w.next(w.at); next >= 0 {
			w.at, w.found = next, true
		}
		end := min(wordEnd(w.text, w.at, longest), w.at+longest)
		if end == w.at {
			break
		}
		pieces, longest = append(pieces, Range{w.at, end}), longest-(end-w.at)
		w.at = end
	}
	if next := w.next(w.at); next >= 0 && w.text[next] == '.' {
		w.at, w.found = next, true
	}
	return pieces
}

// next returns where the text goes on that is wrapped at text[at], or -1.
func (w *wrapped) next(at int) int {
	after := around(w.text, at, 0, 2*maxWrap)
	rest, following, ok := bytes.Cut(after, []byte("\n"))
	rest = bytes.TrimRight(rest, "\r ")
	goesOn := string(rest) == `\` || string(rest) == "^" || string(rest) == "`" // in code
	if !ok || !goesOn && len(rest) > 0 && borderAt(bytes.TrimLeft(rest, " ")) == 0 {
		return -1
	}
	before := around(w.text, at, maxWrap, 0)
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	if len(before) == maxWrap {
		return -1
	}
	content := len(before) - skip(before, 0, LineMarks, MaxMarks)
	next, ofWidth := -1, w.width == 0 || len(before) == w.width || content == w.content
	switch {
	case goesOn:
		next = skip(following, 0, " \t", MaxMarks)
	case len(rest) > 0 && ofWidth:
		next = nextCell(before, rest, following)
	case len(rest) == 0 && ofWidth && len(before) >= MinWrap:
		if next = skip(following, 0, LineMarks, MaxMarks); w.found && next != w.marks {
			return -1
		}
	}
	if next < 0 || next >= len(following) || !isWordByte(following[next]) && following[next] != '.' {
		return -1
	}
	if w.width == 0 {
		w.width, w.content, w.marks = len(before), content, next
	}
	return at + len(after) - len(following) + next
}

// nextCell returns where a cell goes on in the following line, or -1. before and rest are
// the text of its line, before and after the place where the cell's text ends.
func nextCell(before, rest, following []byte) int {
	const padding = 2
	border := borderAt(bytes.TrimLeft(rest, " "))
	blanks := len(rest) - len(bytes.TrimLeft(rest, " "))
	if border == 0 || blanks > padding {
		return -1
	}
	next, borders := 0, 0
	for i := 0; i < len(before); {
		if n := borderAt(before[i:]); n > 0 {
			borders, i = borders+1, i+n
			continue
		}
		i++
	}
	// All cells before it are empty in the following line.
	for next < len(following) && borders > 0 {
		n := borderAt(following[next:])
		if n == 0 && following[next] != ' ' {
			return -1
		}
		if n > 0 {
			borders--
		}
		next += max(n, 1)
	}
	if next == 0 {
		return -1
	}
	return next + len(following[next:]) - len(bytes.TrimLeft(following[next:], " "))
}

// borderAt returns the length of the vertical border of a table at the start of text, or
// 0.
func borderAt(text []byte) int {
	for _, border := range []string{"|", "│", "┃", "║"} {
		if bytes.HasPrefix(text, []byte(border)) {
			return len(border)
		}
	}
	return 0
}
