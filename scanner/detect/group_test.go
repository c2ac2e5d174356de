package detect

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
)

// alone returns the hits of a text whose anchors are judged each by itself.
func (d *Detector) alone(text []byte) (hits []Hit) {
	for _, a := range d.anchors(nil, text, 0, len(text)) {
		hits = d.judge(hits, text, []Anchor{a}, nil)
	}
	return distinct(hits)
}

// takeLines returns the lines of hits and removes them.
func takeLines(hits []Hit) (lines []string) {
	for i := range hits {
		lines = append(lines, hits[i].Line)
		hits[i].Line = ""
	}
	return lines
}

// sameLine reports whether two lines are the same but for an escape at an end: what an anchor by
// itself sees may end inside it.
func sameLine(a, b string) bool {
	const escape = 12
	if a == b || len(a) <= 2*escape {
		return a == b
	}
	return max(len(a), len(b))-min(len(a), len(b)) <= 2*escape && strings.Contains(b, a[escape:len(a)-escape])
}

// TestGroups compares the hits of groups of anchors with those of each anchor by itself, in
// mixtures of keys in all encodings, nested up to three times, and of forms of anchors.
func TestGroups(t *testing.T) {
	d := NewForMasking(rules.All())
	key := keytest.Key(1, keytest.Made)
	pad, cut := strings.Repeat("ApiKey lorem ipsum\n", 60), "QAS_TOKEN: "+key[:45]+"=C3"+key[45:]+"\n"
	split := strings.NewReplacer("TENANT", keytest.TenantID(1), "ID", keytest.KeyID(1, keytest.Made), "TOKEN", keytest.Token(1)).
		Replace("{=22tenant=22: =22TENANT=22, =22keyId=22: =22ID=22, =22token=22: =22TOKEN=22}\n")
	texts := []string{ // what tells that text is quoted-printable is far away
		"=2E" + pad + cut, cut + pad + "=2E", "=2E" + pad + pad + split, split + pad + pad + "=2E",
	}
	for seed := range uint64(150) {
		texts = append(texts, newMixture(rand.New(rand.NewPCG(seed, 15))).text(30))
	}
	for n, text := range texts {
		text := []byte(text)
		got, want := d.Find(t.Context(), text), d.alone(text)
		if slices.EqualFunc(takeLines(got), takeLines(want), sameLine) && reflect.DeepEqual(got, want) {
			continue
		}
		t.Errorf("text %d: %d hits in groups, %d alone", n, len(got), len(want))
		for i := range min(len(got), len(want)) {
			if g, w := got[i], want[i]; !reflect.DeepEqual(g, w) {
				t.Logf("%d to %d: %s in %v; alone %d to %d: %s in %v", g.Start, g.End, g.Rule.ID, g.Layers, w.Start, w.End, w.Rule.ID, w.Layers)
				break
			}
		}
	}
}

type mixture struct {
	*rand.Rand
	forms []string
}

func newMixture(r *rand.Rand) *mixture {
	m := &mixture{Rand: r}
	for _, e := range decode.All() {
		for _, anchor := range []string{".1C", "QAS", "ApiKey"} {
			for _, f := range e.Forms(anchor) {
				m.forms = append(m.forms, f.Text)
			}
		}
	}
	return m
}

// text returns a text of up to n pieces.
func (m *mixture) text(n int) string {
	var b strings.Builder
	for range 1 + m.IntN(n) {
		b.WriteString(m.piece(m.IntN(4)))
	}
	return b.String()
}

func (m *mixture) piece(depth int) string {
	if depth > 0 {
		return m.encoded(m.piece(depth - 1))
	}
	key := keytest.Key(m.Uint64N(5), keytest.Made)
	switch m.IntN(12) {
	case 0, 1:
		return "QAS_TOKEN=" + key + m.pick("\n", ";", `"`, " ", "")
	case 2:
		return strings.Repeat(m.pick(m.forms...), 1+m.IntN(400))
	case 3:
		return strings.Repeat(m.pick(m.forms...)+m.pick(m.forms...), 1+m.IntN(100))
	case 4:
		return strings.Repeat(m.pick("x", " ", "\n", "lorem ipsum ", "=", "\\", "%", "A", "\x00", "&amp;", "<b>"), m.IntN(3000))
	case 5:
		return "https://acme.eu1.qasphere.com/" + m.pick("", "\n", `\n`)
	case 6:
		return key[:20] + m.pick("\\\n", "=\n", `" + "`, "<wbr>", "&shy;", "\n  ") + key[20:]
	case 7:
		return strings.Repeat(key+m.pick(",", " ", "\n"), 1+m.IntN(20))
	case 8:
		return keytest.KeyID(m.Uint64N(5), keytest.Made) + "."
	}
	return key + m.pick("\n", " ", `\n`, "", ",")
}

func (m *mixture) pick(all ...string) string { return all[m.IntN(len(all))] }

// encoded writes a text in an encoding, with all of its bytes encoded or only some.
func (m *mixture) encoded(text string) string {
	var b strings.Builder
	write := func(format string, all bool) string {
		for _, c := range []byte(text) {
			if all || !isMark([]byte{'0', c}) && !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z') {
				fmt.Fprintf(&b, format, c)
			} else {
				b.WriteByte(c)
			}
		}
		return b.String()
	}
	switch m.IntN(10) {
	case 0:
		return base64Text(text, 0)
	case 1:
		return base64Text(text, 76)
	case 2:
		return fmt.Sprintf("%x", text)
	case 3:
		return write("%%%02X", m.IntN(2) == 0)
	case 4:
		return write(`\u%04x`, m.IntN(2) == 0)
	case 5:
		return write("&#%d;", m.IntN(2) == 0)
	case 6:
		return write("%c\x00", true) + "."
	case 7: // between other bytes, since only the ends of a run tell the order of its bytes
		return ".." + write("\x00%c", true) + "."
	case 8:
		return write("=%02X", false)
	}
	return strings.NewReplacer(`"`, `\"`, "\n", `\n`, `\`, `\\`, "_", `\_`).Replace(text)
}

// base64Text writes a text in lines of some length; 0 for one line.
func base64Text(text string, line int) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	if line == 0 {
		return encoded
	}
	var b strings.Builder
	for part := range slices.Chunk([]byte(encoded), line) {
		b.Write(part)
		b.WriteByte('\n')
	}
	return b.String()
}
