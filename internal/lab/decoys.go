package lab

import (
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

//go:embed decoys.txtar
var decoyFiles []byte

// addDecoys adds the files of decoys.txtar in some encodings, and some large files.
func (c *Corpus) addDecoys(m *maker) {
	for _, f := range txtar.Parse(decoyFiles).Files {
		parts := strings.SplitN(f.Name, "/", 3)
		for _, e := range allEncodings {
			if !e.whole && e.name != plainName {
				continue
			}
			text := m.expand(string(f.Data))
			c.addDecoy(path.Join(slug(e.name), parts[1], parts[2]), parts[1], parts[0], e.write([]byte(text)).text)
		}
	}
	bundle, at := minified(1<<20)(m, "")
	c.addDecoy("large/app.min.js", "minified code", "none", bundle)
	c.addDecoy("large/ids.min.js", "minified code", "none", append(bundle[:at:at], m.hqid7s(2000)+string(bundle[at:])...))
	c.addDecoy("large/random.bin", "random bytes", "none", noise(m, 2<<20))
	c.addDecoy("large/random.b64", "random bytes", "none", base64Lines(stdBase64, 76, "\n")(noise(m, 1<<20)).text)
	c.addDecoy("large/random.hex", "random bytes", "none", []byte(hex.EncodeToString(noise(m, 1<<20))))
}

func (c *Corpus) addDecoy(name, kind, most string, data []byte) {
	name = "decoys/" + name
	c.Files = append(c.Files, File{name, data})
	c.Manifest.Decoys = append(c.Manifest.Decoys, Decoy{name, kind, most})
}

// hqid7s returns identifiers, as QA Sphere's data contains many of, between words.
func (m *maker) hqid7s(n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, `{id:"%s",%s:"%s"},%s.%s.%s,`, m.hqid7(), m.pick(lowers, 5), m.pick(lowers, 9), m.pick(lowers, 3), m.hqid7(), m.pick(lowers, 12))
	}
	return b.String()
}

func (m *maker) hqid7() string {
	return keytest.Hqid7(keytest.UUIDv7(m.made(), m.Uint64(), m.Uint64()))
}

// random returns text in base64's URL-safe alphabet.
func (m *maker) random(n int) string { return m.pick(lowers+uppers+digits+"-_", n) }

var made = regexp.MustCompile(`\{\{(\w+)(?: (\d+))?\}\}`)

// expand replaces {{name}} and {{name N}} by made-up values, so that no
// credential-shaped string is committed.
func (m *maker) expand(text string) string {
	return made.ReplaceAllStringFunc(text, func(match string) string {
		parts := made.FindStringSubmatch(match)
		n, _ := strconv.Atoi(parts[2])
		switch parts[1] {
		case "hqid7":
			return m.hqid7()
		case "tenant":
			return keytest.TenantID(m.Uint64())
		case "token":
			return m.token()
		case "b64":
			return m.random(n)
		case "base64":
			return base64.StdEncoding.EncodeToString(noise(m, n))
		case "hex":
			return m.pick("0123456789abcdef", n)
		case "uuid":
			hi, lo := keytest.UUIDv7(m.made(), m.Uint64(), m.Uint64())
			s := fmt.Sprintf("%016x%016x", hi, lo)
			return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
		case "wrongversion":
			hi, lo := keytest.UUIDv7(m.made(), m.Uint64(), m.Uint64())
			return "acme1." + keytest.Hqid7(hi&^0xf000|0x4000, lo) + "." + m.token()
		case "wrongvariant":
			hi, lo := keytest.UUIDv7(m.made(), m.Uint64(), m.Uint64())
			return "acme1." + keytest.Hqid7(hi, lo|3<<62) + "." + m.token()
		case "github":
			return "ghp_" + m.pick(lowers+uppers+digits, 36)
		case "google":
			return "AIza" + m.random(35)
		case "slack":
			return "xoxb-" + m.pick(digits, 12) + "-" + m.pick(digits, 12) + "-" + m.pick(lowers+uppers+digits, 24)
		case "npm":
			return "npm_" + m.pick(lowers+uppers+digits, 36)
		case "aws":
			return "AKIA" + m.pick(uppers+"234567", 16)
		case "stripe":
			return "sk_live_" + m.pick(lowers+uppers+digits, 24)
		}
		return keytest.Expand(match)
	})
}
