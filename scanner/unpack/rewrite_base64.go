package unpack

import (
	"bytes"
	stdbase64 "encoding/base64"
	"slices"
)

// runs rewrites what was compressed and then encoded in base64 in a text.
func (r *rewriting) runs(layers []string, data []byte) []byte {
	var rewritten []byte
	copied := 0 // of data
	for run := range encodedRuns(data) {
		if r.stopped() {
			break
		}
		if len(layers) >= r.limits.Depth {
			r.leave(layers, "base64 of compressed data, its contents were not unpacked: archives are opened up to %d deep", r.limits.Depth)
			break
		}
		decoded := run.decode(r.limits.Member)
		if stop := r.spend(layers, &r.given, int64(len(decoded))); stop != nil {
			break
		}
		inner := append(slices.Clip(layers), layerBase64)
		forget := r.editor.mark()
		edited := decoded
		switch kind := encodedKind(decoded); kind {
		case "":
		case layerBase64:
			edited = r.runs(inner, decoded)
		case kindUTF16:
			edited = r.editor.Edit(decoded, true)
		case kindZlib:
			edited = r.compressed(inner, kind, decoded)
		default:
			edited = r.content(inner, decoded)
		}
		if same(decoded, edited) {
			continue
		}
		begin := len(data) - len(run.text)
		end := begin + run.length
		encoded, padding := run.encode(edited)
		if len(encoded) != run.length+padding && bytes.IndexByte(data, 0) >= 0 {
			forget()
			r.leave(inner, "it cannot be rewritten: its length in a binary file would change")
			continue
		}
		if r.editor.Matches(encoded) { // a part of a line may look like a credential
			forget()
			r.leave(inner, "it cannot be rewritten: its lines would be edited again")
			continue
		}
		rewritten = append(append(rewritten, data[copied:begin]...), encoded...)
		copied = end + padding
	}
	if rewritten == nil {
		return data
	}
	return append(rewritten, data[copied:]...)
}

// encode encodes other data in the same way as the run: in its alphabet, with its escapes,
// in lines of the same width, with padding if the run has some. It also returns the length
// of the padding after the run.
func (r *encodedRun) encode(data []byte) (encoded []byte, padding int) {
	spelled := [2]string{} // of the last two digits
	var between string     // lines
	width, digits, line := 0, 0, 0
	for i := 0; i < r.length; {
		v, n := base64Digit[r.text[i]], 1
		if v < 0 {
			v, n = escapedDigit(r.text[i:])
		}
		if n == 0 {
			n = lineBreak(r.text[i:])
			if between == "" {
				between, width = string(r.text[i:i+n]), line
			}
			i, line = i+n, 0
			continue
		}
		if v >= 62 && spelled[v-62] == "" {
			spelled[v-62] = string(r.text[i : i+n])
		}
		i, digits, line = i+n, digits+1, line+1
	}
	spelled = complete(spelled)
	padding, pad := r.padding()
	if digits%4 == 0 && spelled[1] != "_" {
		pad = "="
		if len(spelled[0]) == len("%2B") {
			pad = "%3D"
		} else if bytes.HasPrefix([]byte(between), []byte("=")) {
			pad = "=3D"
		}
	}
	text := stdbase64.RawStdEncoding.EncodeToString(data)
	for i, c := range []byte(text) {
		if width > 0 && i > 0 && i%width == 0 {
			encoded = append(encoded, between...)
		}
		switch c {
		case '+':
			encoded = append(encoded, spelled[0]...)
		case '/':
			encoded = append(encoded, spelled[1]...)
		default:
			encoded = append(encoded, c)
		}
	}
	for n := len(text); n%4 != 0; n++ {
		encoded = append(encoded, pad...)
	}
	return encoded, padding
}

// complete returns how the last two digits are spelled if only one of them is known.
func complete(spelled [2]string) [2]string {
	for _, both := range [][2]string{{"-", "_"}, {"%2B", "%2F"}, {"%2b", "%2f"}, {`\u002B`, `\u002F`}, {`\u002b`, `\u002f`}, {"+", "/"}} {
		for i := range spelled {
			if spelled[i] == "" && spelled[1-i] == both[1-i] {
				spelled[i] = both[i]
			}
		}
	}
	if spelled[0] == "" {
		spelled[0] = "+"
	}
	if spelled[1] == "" {
		spelled[1] = "/"
	}
	return spelled
}

// padding returns the length of the padding after the run, and how it is spelled.
func (r *encodedRun) padding() (length int, spelled string) {
	rest := r.text[r.length:]
	for _, spelled := range []string{"=3D", "=", "%3D", "%3d", `\u003D`, `\u003d`} {
		for range 2 {
			if bytes.HasPrefix(rest[length:], []byte(spelled)) {
				length += len(spelled)
			}
		}
		if length > 0 {
			return length, spelled
		}
	}
	return 0, ""
}
