package unpack

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// The kinds of archives and compressed files, and those known by sight alone.
const (
	kindZip   = "zip"
	kindTar   = "tar"
	kindAsar  = "asar"
	kindGzip  = "gzip"
	kindBzip2 = "bzip2"
	kindZstd  = "zstd"

	kindXz     = "xz"
	kind7z     = "7z"
	kindRar    = "rar"
	minArchive = 16  // no kind is told by less, in bytes
	tarBlock   = 512 // of a header of tar
)

// Kind tells what data is by a few comparisons at its beginning and one at its end:
// the name of a kind of archive or of compression, or "" for anything else. More of
// the header than the magic number has to be right, since other files begin like
// that, too.
func Kind(data []byte) string {
	if len(data) < minArchive {
		return ""
	}
	switch data[0] {
	case 'P': // APPNOTE.TXT 4.3.7; versions end at 6.3, methods at 99
		if string(data[:4]) == "PK\x03\x04" && data[4] <= 100 && binary.LittleEndian.Uint16(data[8:]) <= 99 {
			return kindZip
		}
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
		if string(data[:4]) == "\x28\xb5\x2f\xfd" && data[4]&0x08 == 0 {
			return kindZstd
		}
	case 0xfd:
		if string(data[:7]) == "\xfd7zXZ\x00\x00" {
			return kindXz
		}
	case '7':
		if string(data[:6]) == "7z\xbc\xaf\x27\x1c" {
			return kind7z
		}
	case 'R':
		if string(data[:6]) == "Rar!\x1a\x07" {
			return kindRar
		}
	case 0x04:
		if isAsar(data) {
			return kindAsar
		}
	}
	if len(data) >= tarBlock && string(data[257:262]) == "ustar" && isTar(data) {
		return kindTar
	}
	// A zip may stand behind something else, such as a program that unpacks it.
	if end := len(data) - directoryEnd; end >= 0 && string(data[end:end+4]) == "PK\x05\x06" {
		return kindZip
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

// isStream reports whether a kind is unpacked from its beginning to its end, so that
// what it lies in need not be held in memory.
func isStream(kind string) bool {
	switch kind {
	case kindTar, kindGzip, kindBzip2, kindZstd:
		return true
	}
	return false
}

// titles are the kinds as people write them.
var titles = map[string]string{
	kindZip: "zip archive", kindTar: "tar archive", kindAsar: "asar archive",
	kindGzip: "gzip file", kindBzip2: "bzip2 file", kindZstd: "zstandard file", kindXz: "xz file",
	kind7z: "7-Zip archive", kindRar: "RAR archive",
}
