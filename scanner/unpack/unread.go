package unpack

import (
	"bytes"
	"encoding/binary"
)

// format is a format of which no content is read, by its magic number.
type format struct {
	title string
	at    int // counts from the end if negative
	magic string
}

// unread are the formats that are recognized only to say that they were not read.
// Those that hold their content as it is, such as images of disks, are not here:
// their bytes are searched like those of any file.
var unread = []format{
	{"7-Zip archive", 0, "7z\xbc\xaf\x27\x1c"},
	{"RAR archive", 0, "Rar!\x1a\x07"},
	{"cabinet archive", 0, "MSCF\x00\x00\x00\x00"},
	{"Windows image (WIM)", 0, "MSWIM\x00\x00\x00"},
	{"xar archive", 0, "xar!\x00\x1c"},
	{"ARJ archive", 0, "\x60\xea"},
	{"ACE archive", 7, "**ACE**"},
	{"LHA archive", 2, "-lh5-"},
	{"ZPAQ archive", 0, "7kSt\xa0\x31\x83\xd3\x8c\xb2\x28\xb0\xd3"},
	{"compress file (.Z)", 0, "\x1f\x9d"},
	{"pack file (.z)", 0, "\x1f\x1e"},
	{"lzip file", 0, "LZIP\x01"},
	{"lzop file", 0, "\x89LZO\x00\x0d\x0a\x1a\x0a"},
	{"lrzip file", 0, "LRZI\x00"},
	{"LZFSE file", 0, "bvx2"},
	{"Apple disk image", -512, "koly\x00\x00\x00\x04"},
	{"squashfs image", 0, "hsqs"},
	{"AppImage", 8, "AI\x02"},
	{"cramfs image", 0, "\x45\x3d\xcd\x28"},
	{"compressed EROFS image", 1024, "\xe2\xe1\xf5\xe0"},
	{"compressed VMDK disk image", 0, "KDMV"},
	{"QCOW disk image", 0, "QFI\xfb\x00\x00\x00"},
	{"Parquet file", 0, "PAR1\x15"},
	{"KeePass database", 0, "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"},
	{"LUKS volume", 0, "LUKS\xba\xbe"},
	{"age-encrypted file", 0, "age-encryption.org/v1\n"},
	{"OpenSSL-encrypted file", 0, "Salted__"},
	{"OpenSSL-encrypted file", 0, "U2FsdGVkX1"}, // in base64
	{"OpenPGP message", 0, "-----BEGIN PGP MESSAGE-----"},
	{"OpenPGP message", 0, "\x8c\x0d\x04"},
	{"OpenPGP message", 0, "\x85\x01\x0c\x03"},
	{"OpenPGP message", 0, "\x85\x02\x0c\x03"},
	{"OpenPGP message", 0, "\x84\x5e\x03"},
	{"Ansible vault", 0, "$ANSIBLE_VAULT;1."},
}

func (f format) matches(data []byte) bool {
	at := f.at
	if at < 0 {
		at += len(data)
	}
	if at < 0 || at+len(f.magic) > len(data) || string(data[at:at+len(f.magic)]) != f.magic {
		return false
	}
	switch f.magic {
	case "\x1f\x9d": // ncompress: the number of bits, and two that are reserved
		return data[2]&0x60 == 0 && 9 <= data[2]&0x1f && data[2]&0x1f <= 16
	case "\x60\xea": // the size of a header, which is at most 2600
		return 30 <= int(data[2])|int(data[3])<<8 && int(data[2])|int(data[3])<<8 <= 2600
	case "\x1f\x1e": // the size of the content, the depth of its tree
		return data[2] == 0 && 1 <= data[6] && data[6] <= 24
	case "\xe2\xe1\xf5\xe0": // the feature of compression
		const features = 1024 + 80
		return len(data) > features && data[features]&1 != 0
	case "KDMV": // the method of compression
		const method = 77
		return len(data) > method && data[method] != 0
	case "\x8c\x0d\x04": // RFC 9580, 5.3: a cipher, an iterated hash
		return data[3] <= 13 && data[4] == 3
	case "\x84\x5e\x03": // RFC 9580, 5.1: after the ID of a key, ECDH
		return data[11] == 18
	}
	return true
}

// installer recognizes programs and packages of Windows with an archive in them that is not
// read.
func installer(data []byte) string {
	switch string(data[:2]) {
	case "MZ":
		if bytes.Contains(data, []byte("\xef\xbe\xad\xdeNullsoftInst")) {
			return "NSIS installer"
		}
		// 7zFormat.txt: the size of the archive without its header is in it.
		if at := bytes.Index(data, []byte("7z\xbc\xaf\x27\x1c\x00")); at >= 0 && len(data)-at > 32 {
			offset, size := binary.LittleEndian.Uint64(data[at+12:]), binary.LittleEndian.Uint64(data[at+20:])
			if rest := uint64(len(data) - at - 32); size > 0 && offset <= rest && size <= rest-offset {
				return "program with a 7-Zip archive"
			}
		}
	case "\xd0\xcf": // compound files, such as packages of Windows Installer
		if at := bytes.Index(data, []byte("MSCF\x00\x00\x00\x00")); at >= 0 && len(data)-at > 36 {
			if size := binary.LittleEndian.Uint32(data[at+8:]); size > 36 && int64(size) <= int64(len(data)-at) {
				return "package with a cabinet archive"
			}
		}
	}
	return ""
}

// titles are the kinds that are opened as people write them.
var titles = map[string]string{
	kindZip: "zip archive", kindTar: "tar archive", kindAsar: "asar archive", kindAr: "ar archive", kindCpio: "cpio archive",
	kindRpm: "rpm package", kindPDF: "PDF file", kindGzip: "gzip file", kindBzip2: "bzip2 file", kindZstd: "zstandard file",
	kindXz: "xz file", kindLzma: "lzma file", kindLz4: "lz4 file", kindSnappy: "snappy file", kindZlib: "zlib data",
	kindPack: "git pack", kindBundle: "git bundle", kindTable: "LevelDB table", kindSqlite: "SQLite database", kindScript: "script with compressed data",
}
