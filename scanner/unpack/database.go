package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/klauspost/compress/s2"
)

// tableMagic ends a table of LevelDB, before which are footerSize bytes of its footer
// (github.com/google/leveldb, doc/table_format.md).
const (
	tableMagic = "\x57\xfb\x80\x8b\x24\x75\x47\xdb"
	footerSize = 48
)

// isTable checks the end of a table.
func isTable(data []byte) bool {
	return len(data) >= footerSize && string(data[len(data)-len(tableMagic):]) == tableMagic
}

var errTable = errors.New("leveldb: malformed")

// table opens the blocks of a table of LevelDB, as browsers and Electron have it. Compressed
// blocks hide parts of keys that the block has several times, such as tenant IDs.
func (w *walk) table(layers []string, data []byte) {
	rest := data[len(data)-footerSize:]
	for range 2 { // the handle of the metaindex block
		_, rest = varint(rest)
	}
	index, _ := w.block(layers, data, rest)
	if len(index) < 4 {
		w.fail(layers, errTable)
		return
	}
	restarts := uint64(binary.LittleEndian.Uint32(index[len(index)-4:]))
	if restarts > uint64(len(index)/4-1) {
		w.fail(layers, errTable)
		return
	}
	index = index[:uint64(len(index))-4-4*restarts]
	for n := 1; len(index) > 0 && !w.stopped(); n++ {
		var unshared, length uint64
		_, index = varint(index) // shared with the key before
		unshared, index = varint(index)
		length, index = varint(index)
		if index == nil || unshared > uint64(len(index)) || length > uint64(len(index))-unshared {
			w.fail(layers, errTable)
			return
		}
		handle := index[unshared : unshared+length]
		index = index[unshared+length:]
		inner := within(layers, kindTable, "block "+strconv.Itoa(n))
		block, err := w.block(inner, data, handle)
		w.fail(inner, err)
		if err == nil {
			w.held(inner, block, true)
		}
	}
}

// block returns the block of a table that a handle refers to.
func (w *walk) block(layers []string, data, handle []byte) ([]byte, error) {
	at, rest := varint(handle)
	length, _ := varint(rest)
	if at > uint64(len(data)) || length >= uint64(len(data))-at {
		return nil, errTable
	}
	raw := data[at : at+length]
	switch data[at+length] { // its compression
	case 0:
		return bytes.Clone(raw), w.spend(layers, &w.given, int64(len(raw)))
	case 1:
		n, err := s2.DecodedLen(raw)
		if err != nil || int64(n) > w.limits.Member {
			return nil, errTable
		}
		if stop := w.spend(layers, &w.given, int64(n)); stop != nil {
			return nil, stop
		}
		return s2.Decode(nil, raw)
	}
	return nil, refuse("a block is compressed by a method that is not read")
}

// sqliteMagic begins a database of SQLite (sqlite.org/fileformat2.html).
const sqliteMagic = "SQLite format 3\x00"

// sqlite opens the contents of a database that are spread over several pages. All others lie
// in it as they are, so that their text has been seen already.
func (w *walk) sqlite(layers []string, data []byte) {
	for cell, content := range spreadContents(data) {
		inner := within(layers, kindSqlite, cell)
		if w.spend(inner, &w.given, int64(content.length())) != nil {
			return
		}
		w.held(inner, content.join(), true)
	}
}

// sqlite rewrites a database. Nothing in it moves.
func (r *rewriting) sqlite(layers []string, data []byte) []byte {
	rewritten := data
	for cell, content := range spreadContents(data) {
		inner := within(layers, kindSqlite, cell)
		if r.spend(inner, &r.given, int64(content.length())) != nil {
			break
		}
		text := content.join()
		edited := r.editor.Edit(text, true)
		if same(text, edited) {
			continue
		}
		if same(data, rewritten) {
			rewritten = bytes.Clone(data)
		}
		for _, piece := range content {
			at := cap(data) - cap(piece)
			edited = edited[copy(rewritten[at:at+len(piece)], edited):]
		}
	}
	return r.editor.Edit(rewritten, true)
}

// pieces is a content in pages of a database: slices of it.
type pieces [][]byte

func (p pieces) join() []byte { return bytes.Join(p, nil) }

func (p pieces) length() (n int) {
	for _, piece := range p {
		n += len(piece)
	}
	return n
}

// spreadContents yields the contents of a database that are in several pages, with the name
// of the cell where they begin.
func spreadContents(data []byte) func(yield func(string, pieces) bool) {
	return func(yield func(string, pieces) bool) {
		const header = 100
		if len(data) < header {
			return
		}
		size := int(binary.BigEndian.Uint16(data[16:]))
		if size == 1 {
			size = 1 << 16
		}
		if size < 512 || size&(size-1) != 0 {
			return
		}
		db := sqliteFile{data: data, size: size, usable: size - int(data[20]), seen: make([]bool, len(data)/size+1)}
		for number := 1; number <= len(data)/size; number++ {
			begin := 0
			if number == 1 {
				begin = header
			}
			for cell, content := range db.spread(number, begin) {
				if !yield(fmt.Sprintf("page %d cell %d", number, cell), content) {
					return
				}
			}
		}
	}
}

// sqliteFile is a database: its pages have size bytes, of which usable ones are used. seen
// are the overflow pages that were read.
type sqliteFile struct {
	data         []byte
	size, usable int
	seen         []bool
}

// spread yields the contents that begin in the cells of a page, whose header is at begin, and
// go on in overflow pages.
func (f *sqliteFile) spread(number, begin int) func(yield func(int, pieces) bool) {
	return func(yield func(int, pieces) bool) {
		page := f.data[(number-1)*f.size:]
		const tableLeaf, indexLeaf, indexInterior = 13, 10, 2
		kind := page[begin]
		pointers, most := begin+8, f.usable-35
		switch kind {
		case tableLeaf:
		case indexLeaf, indexInterior:
			most = (f.usable-12)*64/255 - 23
			if kind == indexInterior {
				pointers += 4
			}
		default:
			return
		}
		cells := int(binary.BigEndian.Uint16(page[begin+3:]))
		for i := 0; i < cells && pointers+2*i+2 <= f.size; i++ {
			at := min(int(binary.BigEndian.Uint16(page[pointers+2*i:])), f.size)
			rest := f.size - at // of the page
			cell := page[at:]
			if kind == indexInterior {
				cell = cell[min(4, rest):] // the page of its child
			}
			length, cell := sqliteVarint(cell)
			if kind == tableLeaf {
				_, cell = sqliteVarint(cell)
			}
			if length <= uint64(most) || length > uint64(len(f.data)) {
				continue
			}
			if content := f.content(cell, int(length), most); content != nil && !yield(i+1, content) {
				return
			}
		}
	}
}

// content returns a content of a length that begins in a cell. At most so many bytes of one
// are in its page if it is in no other. What is damaged is returned as far as it can be read;
// nil if nothing of it is in other pages.
func (f *sqliteFile) content(cell []byte, length, most int) pieces {
	least := (f.usable-12)*32/255 - 23
	local := least + (length-least)%(f.usable-4)
	if local > most {
		local = least
	}
	if local < 0 || local+4 > len(cell) {
		return nil
	}
	content := pieces{cell[:local]}
	next, length := cell[local:], length-local
	for length > 0 {
		number := int(binary.BigEndian.Uint32(next))
		if number < 1 || number > len(f.data)/f.size || f.seen[number] {
			break
		}
		f.seen[number] = true
		next = f.data[(number-1)*f.size:]
		piece := next[4:min(f.usable, 4+length)]
		content, length = append(content, piece), length-len(piece)
	}
	if len(content) == 1 {
		return nil
	}
	return content
}

// sqliteVarint reads a number of up to nine bytes, most significant first.
func sqliteVarint(b []byte) (n uint64, rest []byte) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return n<<8 | uint64(b[i]), b[9:]
		}
		n = n<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return n, b[i+1:]
		}
	}
	return 0, nil
}
