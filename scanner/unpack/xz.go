package unpack

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

const xzMagic = "\xfd7zXZ\x00"

// minDictionary is the smallest dictionary of LZMA, and lzmaRatio is how many times its
// size something can at most unpack to.
const (
	minDictionary = 4 << 10
	lzmaRatio     = 8 << 10
)

// xzReader reads a file of xz (tukaani.org/xz/xz-file-format.txt). The package that
// decompresses what is in its blocks reads such files, too, but takes the memory that
// each block asks for at once, up to 4 GiB.
type xzReader struct {
	r    *bufio.Reader
	room int64 // no more than this is wanted of a block

	inStream bool
	newSum   func() hash.Hash // nil for none that is known
	sumSize  int
	block    io.Reader // nil between blocks
	counted  *counter
	sum      hash.Hash
}

// errXz says that something is not as the format has it.
var errXz = errors.New("xz: malformed")

// counter counts what is read from a reader.
type counter struct {
	r *bufio.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

func (c *counter) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

func (x *xzReader) Read(b []byte) (int, error) {
	for {
		var err error
		switch {
		case !x.inStream:
			err = x.stream()
		case x.block == nil:
			err = noEOF(x.header())
		default:
			var n int
			n, err = x.block.Read(b)
			if x.sum != nil {
				x.sum.Write(b[:n])
			}
			if err == io.EOF {
				err = noEOF(x.blockEnd())
			}
			if n > 0 || err != nil {
				return n, err
			}
		}
		if err != nil {
			return 0, err
		}
	}
}

// noEOF makes an early end of an end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// stream reads the header of a stream; io.EOF if there is none.
func (x *xzReader) stream() error {
	var b [12]byte
	for { // streams may be padded
		if _, err := io.ReadFull(x.r, b[:4]); err != nil {
			return err
		}
		if string(b[:4]) != "\x00\x00\x00\x00" {
			break
		}
	}
	if _, err := io.ReadFull(x.r, b[4:]); err != nil {
		return noEOF(err)
	}
	if string(b[:6]) != xzMagic || b[6] != 0 || b[7] > 0x0f {
		return errXz
	}
	x.sumSize = []int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[b[7]]
	switch b[7] {
	case 1:
		x.newSum = func() hash.Hash { return crc32.NewIEEE() }
	case 4:
		x.newSum = func() hash.Hash { return crc64.New(crc64Table) }
	case 10:
		x.newSum = sha256.New
	default:
		x.newSum = nil
	}
	x.inStream = true
	return nil
}

var crc64Table = crc64.MakeTable(crc64.ECMA)

// header reads the header of a block, or the index and the footer.
func (x *xzReader) header() error {
	first, err := x.r.ReadByte()
	if err != nil {
		return err
	}
	if first == 0 {
		x.inStream = false
		return x.index()
	}
	b := make([]byte, int(first)*4+3) // with the CRC32 of the header
	if _, err := io.ReadFull(x.r, b); err != nil {
		return err
	}
	flags, rest := b[0], b[1:len(b)-4]
	if flags&0x40 != 0 {
		_, rest = varint(rest)
	}
	if flags&0x80 != 0 {
		_, rest = varint(rest)
	}
	filter, rest := varint(rest)
	if flags&3 != 0 || filter != 0x21 {
		return refuse("it is compressed with filters other than LZMA2")
	}
	length, rest := varint(rest)
	if length != 1 || len(rest) == 0 || rest[0] > 40 {
		return errXz
	}
	claimed := int64(2|rest[0]&1) << (rest[0]/2 + 11)
	dictionary := min(claimed, max(x.room, 1<<20), x.content())
	if dictionary > maxWindow {
		return refuse("it needs %s of memory to be unpacked", size(claimed))
	}
	x.counted = &counter{r: x.r}
	config := lzma.Reader2Config{DictCap: int(max(dictionary, minDictionary))}
	if x.block, err = config.NewReader2(x.counted); err != nil {
		return err
	}
	x.sum = nil
	if x.newSum != nil {
		x.sum = x.newSum()
	}
	return nil
}

// content returns how much a block holds at most, if its end can be seen: the sizes
// of its chunks.
func (x *xzReader) content() int64 {
	for _, seen := range []int{x.r.Buffered(), x.r.Size()} {
		b, _ := x.r.Peek(seen)
		sum := int64(0)
		for i := 0; i < len(b); {
			control := b[i]
			if control == 0 {
				return sum
			}
			if i+6 > len(b) {
				break
			}
			n := int64(binary.BigEndian.Uint16(b[i+1:])) + 1
			switch {
			case control >= 0x80:
				sum += n + int64(control&0x1f)<<16
				i += 5 + int(binary.BigEndian.Uint16(b[i+3:])) + 1
				if control >= 0xc0 {
					i++ // properties
				}
			default:
				sum += n
				i += 3 + int(n)
			}
		}
	}
	return unknown
}

// blockEnd reads what follows the content of a block: padding and a checksum.
func (x *xzReader) blockEnd() error {
	x.block = nil
	b := make([]byte, int(-x.counted.n&3)+x.sumSize)
	if _, err := io.ReadFull(x.r, b); err != nil {
		return err
	}
	if x.sum == nil {
		return nil
	}
	want := x.sum.Sum(nil)
	got := b[len(b)-x.sumSize:]
	for i := range want {
		j := i
		if x.sumSize < 32 { // the CRCs are little-endian
			j = len(want) - 1 - i
		}
		if want[i] != got[j] {
			return errors.New("xz: checksum error")
		}
	}
	return nil
}

// index skips the index and the footer of a stream.
func (x *xzReader) index() error {
	c := &counter{r: x.r, n: 1}
	records, err := binary.ReadUvarint(c)
	for ; err == nil && records > 0; records-- {
		if _, err = binary.ReadUvarint(c); err == nil {
			_, err = binary.ReadUvarint(c)
		}
	}
	if err != nil {
		return err
	}
	const crcAndFooter = 4 + 12
	_, err = x.r.Discard(int(-c.n&3) + crcAndFooter)
	return err
}

// varint returns the number at the start of b, and what follows it: nil if there is none.
func varint(b []byte) (uint64, []byte) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil
	}
	return v, b[n:]
}

// newLzmaReader reads a file of the format before xz: 13 bytes of header that name
// a dictionary, and the rest.
func newLzmaReader(r *bufio.Reader, room int64) (io.Reader, error) {
	head, err := r.Peek(13)
	if err != nil {
		return nil, noEOF(err)
	}
	header := append([]byte{}, head...)
	dictionary := min(int64(binary.LittleEndian.Uint32(header[1:])), max(room, 1<<20))
	if b, err := r.Peek(r.Size()); err == io.EOF {
		dictionary = min(dictionary, int64(len(b))*lzmaRatio)
	}
	if dictionary > maxWindow {
		return nil, refuse("it needs %s of memory to be unpacked", size(dictionary))
	}
	if _, err := r.Discard(len(header)); err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(header[1:], uint32(max(dictionary, minDictionary)))
	return lzma.NewReader(&headed{header, r})
}

// headed gives a head before what is in r.
type headed struct {
	head []byte
	r    *bufio.Reader
}

func (h *headed) Read(b []byte) (int, error) {
	if len(h.head) > 0 {
		n := copy(b, h.head)
		h.head = h.head[n:]
		return n, nil
	}
	return h.r.Read(b)
}

func (h *headed) ReadByte() (byte, error) {
	if len(h.head) > 0 {
		c := h.head[0]
		h.head = h.head[1:]
		return c, nil
	}
	return h.r.ReadByte()
}
