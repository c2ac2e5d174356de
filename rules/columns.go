package rules

import "bytes"

// columnsKey returns the key whose ID, at text[id:], is in a column of a table, if the table
// has columns for the tenant and the token by its header: in CSV, in Markdown, or in the
// names of an INSERT of SQL.
func columnsKey(text []byte, id int) (Match, bool) {
	before := around(text, id, Reach/2, 0)
	comma := bytes.TrimRight(before, "\"'` ")
	if len(comma) == 0 {
		return Match{}, false
	}
	delimiter := comma[len(comma)-1]
	if bytes.IndexByte([]byte(",;\t|"), delimiter) < 0 {
		return Match{}, false
	}
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	row := id - len(line)
	if open := bytes.LastIndexByte(line, '('); open >= 0 {
		row += open + 1
	}
	end := row + rowEnd(text[row:min(len(text), id+Reach/4)], id-row)
	cells := cellsOf(text[row:end], delimiter)
	for rest := text[max(0, id-Reach/2):row]; len(rest) > 0; {
		var header []byte
		header, rest = lastRow(rest)
		names := cellsOf(header, delimiter)
		if len(names) != len(cells) {
			continue
		}
		tenant, key, token := -1, -1, -1
		for i, n := range names {
			switch name := header[n.Start:n.End]; {
			case containsFold(name, "tenant"):
				tenant = i
			case containsFold(name, "token") || containsFold(name, "secret"):
				token = i
			case containsFold(name, "key"):
				key = i
			}
		}
		if tenant < 0 || key < 0 || token < 0 || row+cells[key].Start != id || cells[key].End-cells[key].Start != hqid7Len {
			continue
		}
		move := func(r Range) []Range { return []Range{{row + r.Start, row + r.End}} }
		if t, s := cells[tenant], cells[token]; isWord(string(text[row+s.Start:row+s.End]), minBareTokenLen, maxTokenLen) {
			return keyFromPieces(text, move(t), id, move(s), Medium, "in separate columns")
		}
	}
	return Match{}, false
}

// rowEnd returns the end of the row of a table that text[at] is in.
func rowEnd(text []byte, at int) int {
	if i := bytes.IndexAny(text[at:], "\r\n)"); i >= 0 {
		return at + i
	}
	return len(text)
}

// lastRow returns the last line, or list in parentheses, of a text, and the text before it.
func lastRow(text []byte) (row, rest []byte) {
	text = bytes.TrimRight(text, " \t\r\n(")
	start := bytes.LastIndexByte(text, '\n') + 1
	row = text[start:]
	if open := bytes.IndexByte(row, '('); open >= 0 {
		row = row[open+1:]
		if end := bytes.IndexByte(row, ')'); end >= 0 {
			row = row[:end]
		}
	}
	return row, text[:start]
}

// cellsOf returns the cells of a row without blanks and quotes.
func cellsOf(row []byte, delimiter byte) []Range {
	const most = 64
	var cells []Range
	for start := 0; start <= len(row) && len(cells) < most; {
		end := len(row)
		if i := bytes.IndexByte(row[start:], delimiter); i >= 0 {
			end = start + i
		}
		const around = "\"'` \t\r"
		from := end - len(bytes.TrimLeft(row[start:end], around))
		cells = append(cells, Range{from, from + len(bytes.TrimRight(row[from:end], around))})
		start = end + 1
	}
	return cells
}
