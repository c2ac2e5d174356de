package unpack

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
	{"cramfs image", 0, "\x45\x3d\xcd\x28"},
	{"QCOW disk image", 0, "QFI\xfb\x00\x00\x00"},
	{"Parquet file", 0, "PAR1\x15"},
	{"LevelDB table", -8, "\x57\xfb\x80\x8b\x24\x75\x47\xdb"},
	{"KeePass database", 0, "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"},
	{"LUKS volume", 0, "LUKS\xba\xbe"},
	{"age-encrypted file", 0, "age-encryption.org/v1\n"},
	{"OpenSSL-encrypted file", 0, "Salted__"},
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
	}
	return true
}

// titles are the kinds that are opened as people write them.
var titles = map[string]string{
	kindZip: "zip archive", kindTar: "tar archive", kindAsar: "asar archive", kindAr: "ar archive", kindCpio: "cpio archive",
	kindRpm: "rpm package", kindPDF: "PDF file", kindGzip: "gzip file", kindBzip2: "bzip2 file", kindZstd: "zstandard file",
	kindXz: "xz file", kindLzma: "lzma file", kindLz4: "lz4 file", kindSnappy: "snappy file", kindZlib: "zlib data",
	kindPack: "git pack", kindBundle: "git bundle",
}
