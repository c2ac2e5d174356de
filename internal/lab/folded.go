package lab

import (
	"fmt"
	"strings"
)

// foldedCarrier is a kind of file whose lines end inside keys.
type foldedCarrier struct {
	name, file string
	// before and after are around the line with the key, which begins with head.
	before, head, after string
	// width is the width of the lines, with the marks; 0 for lines that end anywhere.
	width int
	// end is between two lines.
	end string
}

var foldedCarriers = []foldedCarrier{
	{"calendar", "run.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "DESCRIPTION:the token is", "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", 75, "\r\n "},
	{"address-book", "qa.vcf", "BEGIN:VCARD\nVERSION:4.0\n", "NOTE:The token is", "\nEND:VCARD\n", 75, "\n\t"},
	{"directory", "export.ldif", "dn: cn=qa,dc=example\n", "description: the token is", "\ncn: qa\n", 78, "\n "},
	{"jar-manifest", "MANIFEST.MF", "Manifest-Version: 1.0\r\n", "QAS-Token: a token", "\r\nCreated-By: 21\r\n", 72, "\r\n "},
	{"quoted-mail", "mail.eml", "On Monday you wrote:\n> Hello,\n", "> the token is", "\n>\n> Bye\n", 76, "\n> "},
	{"wrapped-comment", "run.sh", "#!/bin/sh\n", "# call it with the token", "\nexit 0\n", 79, "\n# "},
	{"wrapped-doc-comment", "Run.java", "/**\n", " * Call it with the token", "\n */\n", 100, "\n * "},
	{"wrapped-diff", "fix.patch", "@@ -1 +1,2 @@\n", "+call it with the token", "\n context\n", 72, "\n+"},
	{"indented-log", "run.log", "12:00:00 INFO  start\n", "12:00:01 INFO  calls it with the token", "\n12:00:02 INFO  end\n", 100, "\n               "},
	{"wrapped-log", "console.log", "start\n", "calls it with the token", "\n\nend\n", 80, "\n"},
	{"properties-continued", "run.properties", "a=b\n", "key=", "\nc=d\n", 0, "\\\n    "},
	{"shell-continued", "curl.sh", "set -e\n", "curl -H Authorization:", "\n", 0, "\\\n"},
	{"batch-continued", "run.cmd", "@echo off\r\n", "call run.cmd ", "\r\n", 0, "^\r\n"},
	{"quoted-printable", "report.eml", "Content-Transfer-Encoding: quoted-printable\n\n", "<p>The token is=20", "</p>\n", 0, "=\n"},
}

// addFolded plants keys in a carrier, with the end of a line at each place but in and right
// before the first two characters of the key ID.
func (c *Corpus) addFolded(m *maker, carrier foldedCarrier) {
	for at := 1; at < len("abc1234567")+1+23+1+12; at += 3 {
		k := m.issued()
		if dot := len(k.Tenant); at == dot+1 || at == dot+2 || at < dot {
			k.Tenant = fmt.Sprintf("%s%07d", m.pick(lowers, 3), m.keys)
		}
		if dot := len(k.Tenant); at == dot+1 || at == dot+2 {
			continue
		}
		head := carrier.head
		if carrier.width > 0 { // so that the width is where the line is to end
			head += " " + strings.Repeat("=", carrier.width-at-len(head)-2) + " "
		}
		key := k.String()
		text := carrier.before + head + key[:at] + carrier.end + key[at:] + carrier.after
		p := Planted{
			Path:     fmt.Sprintf("files/plain/%s/%s/%d/%s", Structured, carrier.name, at, carrier.file),
			TenantID: k.Tenant, KeyID: k.ID, Kind: Structured, Carrier: carrier.name, Encoding: plainName,
		}
		start := len(carrier.before + head)
		p.Line, p.Column = place([]byte(text), start)
		p.EndLine, p.EndColumn = place([]byte(text), start+len(key)+len(carrier.end))
		c.Manifest.Planted = append(c.Manifest.Planted, p)
		c.Files = append(c.Files, File{p.Path, []byte(text)})
	}
}
