package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// tabStop is the distance of tab stops in a frame.
const tabStop = 4

// drawnLine is one line of a frame as a terminal shows it. Cells from and to bound
// what to underline.
type drawnLine struct {
	text     string
	from, to int
}

// drawLine fits a line of source into width cells. What is between the bytes start
// and end stays visible; if the line is wider, it is cut on both sides of that.
func drawLine(line string, start, end, width int) drawnLine {
	line = strings.TrimRight(line, "\r\n")
	start = min(max(start, 0), len(line))
	end = min(max(end, start), len(line))

	before := expand(line[:start], 0)
	mark := expand(line[start:end], cells(before))
	after := expand(line[end:], cells(before)+cells(mark))

	if whole := mark; cells(whole) > width-2 {
		mark, after = cutRight(whole, width-2), ""
	}
	room := width - cells(mark)
	afterRoom := min(cells(after), max(room/2, room-cells(before)))
	before = cutLeft(before, room-afterRoom)
	after = cutRight(after, room-cells(before))

	from := cells(before)
	return drawnLine{before + mark + after, from, max(from+cells(mark), from+1)}
}

// expand escapes text, and replaces tabs by spaces up to the next stop. The text
// begins in cell column.
func expand(text string, column int) string {
	if !strings.ContainsRune(text, '\t') {
		return neutral.Terminal(text)
	}
	var b strings.Builder
	for i, part := range strings.Split(text, "\t") {
		if i > 0 {
			n := tabStop - column%tabStop
			b.WriteString(strings.Repeat(" ", n))
			column += n
		}
		part = neutral.Terminal(part)
		b.WriteString(part)
		column += cells(part)
	}
	return b.String()
}

// hasMark reports whether a frame shows the line of the occurrence.
func hasMark(f scanner.Frame) bool { return f.Mark >= 0 && f.Mark < len(f.Lines) }

// marked returns the text of a frame that is to be underlined.
func marked(f scanner.Frame) string {
	if !hasMark(f) {
		return ""
	}
	line := f.Lines[f.Mark]
	if f.MarkStart < 0 || f.MarkStart > f.MarkEnd || f.MarkEnd > len(line) {
		return ""
	}
	return line[f.MarkStart:f.MarkEnd]
}

// gutterWidth is the width of the line numbers of a frame, with a space before.
func gutterWidth(f scanner.Frame) int {
	return 1 + len(strconv.Itoa(f.FirstLine+max(len(f.Lines)-1, 0)))
}

// frame writes the text around an occurrence, with line numbers, and an underline
// below the place itself.
func (t *terminal) frame(f scanner.Frame, s style) {
	gutter := gutterWidth(f)
	bar := t.paint(faint, fmt.Sprintf("%*s |", gutter, ""))
	t.line("%s", bar)
	for i, text := range f.Lines {
		start, end := 0, 0
		if i == f.Mark {
			start, end = f.MarkStart, f.MarkEnd
		}
		drawn := drawLine(text, start, end, t.width-gutter-3)
		number := t.paint(faint, fmt.Sprintf("%*d |", gutter, f.FirstLine+i))
		if drawn.text == "" {
			t.line("%s", number)
		} else {
			t.line("%s %s", number, drawn.text)
		}
		if i == f.Mark {
			t.line("%s %*s%s", bar, drawn.from, "", t.paint(s, strings.Repeat("^", drawn.to-drawn.from)))
		}
	}
}

// note writes a remark below a frame.
func (t *terminal) note(f scanner.Frame, text string) {
	lead := strings.Repeat(" ", gutterWidth(f)+1)
	for i, line := range wrap(text, t.width-len(lead)-2) {
		if i == 0 {
			t.line("%s%s %s", lead, t.paint(faint, "="), line)
		} else {
			t.line("%s  %s", lead, line)
		}
	}
}
