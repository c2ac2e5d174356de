package decode

import (
	"bytes"
	"strings"
)

// zeroWidth, softHyphen and byteOrder are texts with characters that are not seen, as
// programs insert them after punctuation so that lines may end there.
var (
	zeroWidth  = invisible("\u200b", "\u200c", "\u200d", "\u2060")
	softHyphen = invisible("\u00ad")
	byteOrder  = invisible("\ufeff")
)

// invisible returns the encoding that has some of the marks, which begin with the same
// byte, between the characters of a text.
func invisible(marks ...string) Encoding {
	first := marks[0][0]
	return Encoding{
		Name:   "invisible",
		Escape: first,
		Forms: func(literal string) []Form {
			// After the dot of an anchor; what comes later in a key is decoded with it.
			rest, ok := strings.CutPrefix(literal, ".")
			if !ok || rest == "" {
				return nil
			}
			var forms []Form
			for _, mark := range marks {
				forms = append(forms, Form{Text: "." + mark + rest})
			}
			return forms
		},
		Decode: func(text []byte, at, _ int, old Text) Text {
			return decodeRuns(text, string([]byte{first}), old, func(rest []byte) (byte, int) {
				for _, mark := range marks {
					if bytes.HasPrefix(rest, []byte(mark)) {
						return dropped, len(mark)
					}
				}
				return 0, 0
			})
		},
	}
}
