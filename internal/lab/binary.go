package lab

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// binaryCarrier writes a file with a key, and returns the offset of the key.
type binaryCarrier struct {
	name, file string
	write      func(m *maker, key string) (data []byte, at int)
}

// rule is the rule that must find the key. A bundle is client-side code.
func (c binaryCarrier) rule() string {
	if strings.HasPrefix(c.name, "minified-bundle") {
		return "qas-client-embedded-key"
	}
	return "qas-api-key"
}

var binaryCarriers = []binaryCarrier{
	{"minified-bundle", "app.min.js", minified(3 << 20)},
	{"minified-bundle-small", "chunk.js", minified(40 << 10)},
	{"source-map-large", "vendor.js.map", sourceMap},
	{"nul-separated", "environ", nulSeparated},
	{"binary", "app.bin", binaryFile},
	{"protobuf", "state.pb", protobuf},
	{"java-class", "Settings.class", javaClass},
	{"python-bytecode", "settings.pyc", pythonBytecode},
	{"sqlite", "state.db", sqlitePage},
	{"leveldb", "000003.log", levelDB},
	{"registry", "user.reg", registry},
	{"first-in-file", "first.txt", func(_ *maker, key string) ([]byte, int) { return []byte(key + "\n"), 0 }},
	{"last-in-file", "last.txt", func(_ *maker, key string) ([]byte, int) { return []byte("last\n" + key), 5 }},
	{"alone-in-file", "token", func(_ *maker, key string) ([]byte, int) { return []byte(key), 0 }},
	{"utf-8-mark", "marked.txt", func(_ *maker, key string) ([]byte, int) { return []byte("\ufeff" + "a\n" + key), 5 }},
	{"emoji", "chat.txt", func(_ *maker, key string) ([]byte, int) {
		const before = "🔑 müsste gehen → "
		return []byte(before + key + " ✅\n"), len(before)
	}},
	{"latin-1", "notes.txt", func(_ *maker, key string) ([]byte, int) {
		const before = "Schl\xfcssel: "
		return []byte("f\xfcr alle\n" + before + key + "\r\n"), 9 + len(before)
	}},
}

// minified writes a bundle of about size bytes in one line.
func minified(size int) func(*maker, string) ([]byte, int) {
	return func(m *maker, key string) ([]byte, int) {
		var b strings.Builder
		module := func(until int) {
			for b.Len() < until {
				name, other, n := m.pick(lowers, 1), m.pick(lowers+uppers, 2), m.IntN(90000)
				fmt.Fprintf(&b, `%d:(%s,t,n)=>{"use strict";n.d(t,{%s:()=>%s});var r=n(%d),o="%s",i=void 0===e?null:e.default;%s=function(e){return e.%s.map((e=>e*%d))}},`,
					n, name, other, m.pick(lowers, 1), m.IntN(90000), m.pick(lowers+digits, m.IntN(30)), m.pick(lowers, 2), m.pick(lowers, 6), m.IntN(1<<20))
			}
		}
		b.WriteString("(self.webpackChunk=self.webpackChunk||[]).push([[179],{")
		module(size / 2)
		b.WriteString(`7311:(e,t,n)=>{const r="`)
		at := b.Len()
		b.WriteString(key + `";t.get=e=>fetch(e,{headers:{"X-Token":r}})},`)
		module(size)
		b.WriteString("}]);\n")
		return []byte(b.String()), at
	}
}

func sourceMap(m *maker, key string) ([]byte, int) {
	before := `{"version":3,"sourcesContent":["` + strings.Repeat(`export const a = (b) => b + 1;\n\n`, 5000) + `const key = '`
	after := `'\n"],"mappings":"` + m.pick("ACEGIKMOQSUWYacegikmoqsuwy,;", 200000) + "\"}\n"
	return []byte(before + key + after), len(before)
}

func nulSeparated(_ *maker, key string) ([]byte, int) {
	const before = "HOME=/root\x00PATH=/usr/bin\x00KEY="
	return []byte(before + key + "\x00LANG=C\x00"), len(before)
}

// noise returns random bytes, as in machine code and compressed data.
func noise(m *maker, n int) []byte {
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, m.Uint64())
	}
	return b[:n]
}

func binaryFile(m *maker, key string) ([]byte, int) {
	before := append(append([]byte("\x7fELF\x02\x01\x01"), noise(m, 300000)...), "\x00%s: no such file\x00"...)
	return append(append(append([]byte{}, before...), key+"\x00"...), noise(m, 100000)...), len(before)
}

// protobuf writes a message of strings (protobuf.dev, "Encoding"): a tag, a length, and
// the text, without a terminator. A length that is a letter or a digit cannot be
// distinguished from the text; here it has two bytes.
func protobuf(_ *maker, key string) ([]byte, int) {
	value := key + " " + strings.Repeat("z", 200)
	b := []byte("\x0a\x09qasphere!\x12")
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value+"\x1a\x04done"...), len(b)
}

// javaClass writes a part of a constant pool (JVM specification, 4.4.7), to which the
// same applies; the length of most keys is a punctuation character.
func javaClass(_ *maker, key string) ([]byte, int) {
	value := "key:" + key
	b := []byte("\xca\xfe\xba\xbe\x00\x00\x00\x41\x00\x08\x01\x00\x05apply\x01")
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value+"\x01\x00\x04Code"...), len(b) + 4
}

// pythonBytecode marshals a short string (Python/marshal.c: type z, a length).
func pythonBytecode(m *maker, key string) ([]byte, int) {
	b := append(noise(m, 16), "\xe3\x00\x00\x00\x00\xda\x04key=\xfa"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(key)))
	return append(b, key+"\xda\x03url)\x01"...), len(b)
}

func sqlitePage(m *maker, key string) ([]byte, int) {
	b := append([]byte("SQLite format 3\x00\x10\x00\x01\x01"), make([]byte, 3000)...)
	b = append(b, "\x81\x02\x04\x05\x21\x17settings\x00QA Sphere "...)
	return append(append(append([]byte{}, b...), key+" \x00"...), noise(m, 500)...), len(b)
}

func levelDB(m *maker, key string) ([]byte, int) {
	b := append(noise(m, 40), "_https://acme.eu1.qasphere.com\x00\x01key\xbe\x01\x01"...)
	return append(append([]byte{}, b...), key+"\x00\x02"...), len(b)
}

func registry(_ *maker, key string) ([]byte, int) {
	const before = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Environment]\r\n\"KEY\"=\""
	return []byte(before + key + "\"\r\n"), len(before)
}
