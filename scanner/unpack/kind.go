package unpack

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// The kinds of archives and compressed files that are opened. Those that are only
// recognized are in [unread].
const (
	kindZip    = "zip"
	kindTar    = "tar"
	kindAsar   = "asar"
	kindAr     = "ar"
	kindCpio   = "cpio"
	kindRpm    = "rpm"
	kindPDF    = "pdf"
	kindGzip   = "gzip"
	kindBzip2  = "bzip2"
	kindZstd   = "zstd"
	kindXz     = "xz"
	kindLzma   = "lzma"
	kindLz4    = "lz4"
	kindSnappy = "snappy"
	kindZlib   = "zlib" // only inside other formats, and as git's loose objects: two bytes are no proof
	kindPack   = "git-pack"
	kindBundle = "git-bundle"
	kindTable  = "leveldb"
	kindSqlite = "sqlite"
	kindScript = "script" // with compressed data behind it

	minArchive = 16  // no kind is recognized by less, in bytes
	tarBlock   = 512 // of a header of tar
)

// Kind recognizes what data is by a few comparisons at its beginning and its end: the
// name of a kind of archive or of compression, or "" for anything else. More of
// the header than the magic number has to be right, since other files begin like
// that, too.
func Kind(data []byte) string {
	if len(data) < minArchive {
		return ""
	}
	if kind := streamKind(data); kind != "" {
		return kind
	}
	switch data[0] {
	case 'P': // APPNOTE.TXT 4.3.7; versions end at 6.3, methods at 99
		if isLocalHeader(data) {
			return kindZip
		}
		if string(data[:8]) == packMagic {
			return kindPack
		}
	case 'S':
		if string(data[:len(sqliteMagic)]) == sqliteMagic {
			return kindSqlite
		}
	case '#':
		if isBundle(data) {
			return kindBundle
		}
	case 'x':
		if isLooseObject(data) {
			return kindZlib
		}
	case '%':
		if string(data[:5]) == "%PDF-" {
			return kindPDF
		}
	case '!':
		if string(data[:8]) == arMagic {
			return kindAr
		}
	case 0xed: // the lead of an rpm: its version
		if string(data[:4]) == "\xed\xab\xee\xdb" && data[4] <= 4 {
			return kindRpm
		}
	case 0x04:
		if isAsar(data) {
			return kindAsar
		}
	}
	if isZipEnd(data, len(data)-directoryEnd) || isProgram(data) && hasZip(data) {
		return kindZip
	}
	if isTable(data) {
		return kindTable
	}
	if at, _ := payload(data); at > 0 {
		return kindScript
	}
	for _, u := range unread {
		if u.matches(data) {
			return u.title
		}
	}
	return installer(data)
}

// longestScript bounds the script that unpacks what is behind it.
const longestScript = 1 << 20

// payload returns where compressed data begins behind a shell script, as makeself writes it,
// and its kind; 0 if there is none. It is behind the end of a line.
func payload(data []byte) (at int, kind string) {
	if string(data[:2]) != "#!" {
		return 0, ""
	}
	script := data[:min(len(data), longestScript)]
	for _, magic := range []string{"\n\x1f\x8b\x08", "\nBZh", "\n" + xzMagic, "\n" + zstdMagic, "\n\x04\x22\x4d\x18"} {
		if at := bytes.Index(script, []byte(magic)) + 1; at > 0 {
			if kind := streamKind(data[at:]); kind != "" {
				return at, kind
			}
		}
	}
	return 0, ""
}

// streamKind recognizes the kinds that are unpacked from their beginning to their end,
// so that what they are read from need not be held in memory.
func streamKind(data []byte) string {
	if len(data) < minArchive {
		return ""
	}
	switch data[0] {
	case 0x1f: // RFC 1952, 2.3.1: the method, the reserved flags, the systems there are
		if string(data[:3]) == "\x1f\x8b\x08" && data[3]&0xe0 == 0 && (data[9] <= 19 || data[9] == 0xff) {
			return kindGzip
		}
	case 'B': // the level, and the magic number of a block or of the end
		if string(data[:3]) == "BZh" && '1' <= data[3] && data[3] <= '9' &&
			(string(data[4:10]) == "1AY&SY" || string(data[4:10]) == "\x17\x72\x45\x38\x50\x90") {
			return kindBzip2
		}
	case 0x28: // RFC 8878, 3.1.1; the fourth bit of the descriptor is reserved
		if string(data[:4]) == zstdMagic && data[4]&0x08 == 0 {
			return kindZstd
		}
	case 0xfd:
		if string(data[:6]) == xzMagic && data[6] == 0 {
			return kindXz
		}
	case 0x5d: // what xz(1) writes by default: its properties, a size that it offers, and a first byte that is always 0
		if string(data[:3]) == "\x5d\x00\x00" && data[13] == 0 && isLzmaSize(data[5:13]) {
			return kindLzma
		}
	case 0x04: // lz4_Frame_format.md: the version is 01, the last bit but one is reserved
		if string(data[:4]) == "\x04\x22\x4d\x18" && data[4]&0xc2 == 0x40 {
			return kindLz4
		}
	case 0x02: // its legacy format: the size of a block follows
		if string(data[:4]) == "\x02\x21\x4c\x18" && data[7] == 0 {
			return kindLz4
		}
	case 0xff: // framing_format.txt of Snappy, and S2's extension of it
		if string(data[:10]) == "\xff\x06\x00\x00sNaPpY" || string(data[:10]) == "\xff\x06\x00\x00S2sTwO" {
			return kindSnappy
		}
	case '0': // cpio(5), the portable formats
		if string(data[:5]) == "07070" && (data[5] == '1' || data[5] == '2' || data[5] == '7') && isCpio(data) {
			return kindCpio
		}
	}
	if len(data) >= tarBlock && string(data[257:262]) == "ustar" && isTar(data) {
		return kindTar
	}
	return ""
}

// isTar checks the sum of a header (POSIX.1-1988, "ustar Interchange Format"): that
// of all bytes, with spaces in its own place.
func isTar(data []byte) bool {
	want := 0
	for _, c := range []byte(strings.Trim(string(data[148:156]), " \x00")) {
		if c < '0' || c > '7' {
			return false
		}
		want = want<<3 | int(c-'0')
	}
	sum := 8 * int(' ')
	for i, c := range data[:tarBlock] {
		if i < 148 || i >= 156 {
			sum += int(c)
		}
	}
	return want == sum
}

// isAsar checks the first size of a header and how its JSON begins.
func isAsar(data []byte) bool {
	return binary.LittleEndian.Uint32(data) == 4 && bytes.HasPrefix(data[16:], []byte(`{"files"`))
}

// isLzmaSize checks a size of eight bytes, which may be unknown.
func isLzmaSize(b []byte) bool {
	const largest = 1 << 38 // liblzma takes no more for a file of this format
	n := binary.LittleEndian.Uint64(b)
	return n == 1<<64-1 || n <= largest
}

// isProgram reports whether data begins as what an archive is often appended to:
// a program of Windows, Linux or macOS, or a script.
func isProgram(data []byte) bool {
	switch string(data[:2]) {
	case "MZ", "\x7fE", "#!", "\xcf\xfa", "\xca\xfe":
		return true
	}
	return false
}

// isZipEnd reports whether the end of a zip's directory, with a comment that data
// has room for, is at data[at:] (APPNOTE.TXT 4.3.16).
func isZipEnd(data []byte, at int) bool {
	return at >= 0 && at+directoryEnd <= len(data) && string(data[at:at+4]) == "PK\x05\x06" &&
		int(binary.LittleEndian.Uint16(data[at+20:])) <= len(data)-at-directoryEnd
}

// hasZip reports whether the end of a zip's directory is near the end of data: a
// comment may follow, or a signature of the program.
func hasZip(data []byte) bool {
	tail := data[max(0, len(data)-directoryEnd-1<<16):]
	for at := 0; ; at++ {
		next := bytes.Index(tail[at:], []byte("PK\x05\x06"))
		if next < 0 {
			return false
		}
		if at += next; isZipEnd(tail, at) {
			return true
		}
	}
}
