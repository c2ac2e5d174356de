package scanner_test

import (
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// FuzzFrame puts a key between any texts, next to another one: no frame and no message
// shows seven characters of a token in a row, and marks are within their line.
func FuzzFrame(f *testing.F) {
	f.Add("QAS_TOKEN=", "\nnext line\n", false)
	f.Add("curl -H 'Authorization: ApiKey ", "' \\\n\x1b[31m\u202e", true)
	f.Add("\xff\xfe\x00\n\r", "=\n", false)
	f.Add("<td>", "</td>\n<td>", true)
	first, second := keytest.Expand("{{key 1}}"), keytest.Expand("{{key 2}}")
	shows := func(text string) bool {
		for _, key := range []string{first, second} {
			token := key[strings.LastIndexByte(key, '.')+1:]
			for i := range len(token) - 6 {
				if strings.Contains(text, token[i:i+7]) {
					return true
				}
			}
		}
		return false
	}
	f.Fuzz(func(t *testing.T, before, after string, wide bool) {
		if len(before)+len(after) > 1<<14 || shows(before+after) {
			return
		}
		text := before + first + after + "\n" + second + before
		if wide {
			text = strings.Join(strings.Split("\xff\xfe"+text, ""), "\x00")
		}
		result, err := scanner.Scan(t.Context(), []string{"-"}, scanner.Options{Stdin: strings.NewReader(text), Jobs: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range result.Findings {
			if shows(finding.Message) {
				t.Error("the message shows a token")
			}
			for _, o := range finding.Occurrences {
				if shows(strings.Join(o.Frame.Lines, "\n")) || shows(strings.Join(o.Frame.Lines, "")) {
					t.Error("the frame shows a token")
				}
				if m := o.Frame.Mark; len(o.Frame.Lines) > 0 && (m < 0 || m >= len(o.Frame.Lines) || o.Frame.MarkStart > o.Frame.MarkEnd || o.Frame.MarkEnd > len(o.Frame.Lines[m])) {
					t.Errorf("the mark is %d:%d-%d in %d lines", m, o.Frame.MarkStart, o.Frame.MarkEnd, len(o.Frame.Lines))
				}
				if o.Line < 1 || o.Column < 1 || o.EndLine < o.Line {
					t.Errorf("it is at %d:%d-%d:%d", o.Line, o.Column, o.EndLine, o.EndColumn)
				}
			}
		}
	})
}
