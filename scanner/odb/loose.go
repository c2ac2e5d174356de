package odb

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// looseFile returns the path of a loose object: a directory named by the first byte
// in hexadecimal, and a file named by the other bytes (gitrepository-layout(5)).
func looseFile(store string, id OID) string {
	name := id.String()
	return filepath.Join(store, name[:2], name[2:])
}

func (db *DB) hasLoose(id OID) bool {
	if len(id) != db.hashSize {
		return false
	}
	for _, dir := range db.stores {
		if _, err := os.Lstat(looseFile(dir, id)); err == nil {
			return true
		}
	}
	return false
}

// looseObject is a loose object's ID and the store it is in.
type looseObject struct {
	id    OID
	store string
}

// listLoose returns the loose objects of all stores, each once. Files with other
// names, such as the temporary files of a writer (tmp_obj_*), are ignored.
func (db *DB) listLoose() ([]looseObject, []Failure) {
	var list []looseObject
	var failures []Failure
	raw := make([]byte, db.hashSize)
	for _, store := range db.stores {
		for b := range 256 {
			raw[0] = byte(b)
			dir := filepath.Join(store, hex.EncodeToString(raw[:1]))
			names, err := db.readNames(dir)
			if err != nil {
				failures = append(failures, Failure{Path: db.rel(dir), Err: fmt.Errorf("list loose objects: %w", err)})
			}
			for _, name := range names {
				if len(name) != 2*db.hashSize-2 {
					continue
				}
				if _, err := hex.Decode(raw[1:], []byte(name)); err == nil {
					list = append(list, looseObject{OID(raw), store})
				}
			}
		}
	}
	if len(db.stores) > 1 {
		// An alternate may have the same object. The stable sort keeps the copy in
		// the first store.
		slices.SortStableFunc(list, func(a, b looseObject) int { return strings.Compare(string(a.id), string(b.id)) })
		list = slices.CompactFunc(list, func(a, b looseObject) bool { return a.id == b.id })
	}
	return list, failures
}

// maxLooseHeader is longer than any valid header of a loose object.
const maxLooseHeader = 64

var errNotItsName = errors.New("content does not match the object ID")

// loose reads a loose object and checks its ID. The caller puts the buffer back.
func (db *DB) loose(l *loader, store string, id OID) (Type, []byte, error) {
	file := looseFile(store, id)
	if err := db.inside(file); err != nil {
		return 0, nil, err
	}
	t, data, err := l.loose(file)
	if err == nil && db.Hash(t, data) != id {
		l.put(data)
		return 0, nil, errNotItsName
	}
	return t, data, err
}

// loose reads a loose object: a zlib stream of the type, a space, the size in
// decimal, a NUL and the content (gitformat-loose(5)). The caller puts the buffer
// back.
func (l *loader) loose(file string) (Type, []byte, error) {
	src, err := l.readFile(file)
	if err != nil {
		return 0, nil, err
	}
	defer l.put(src)

	// The size is inside the stream: inflate the header first.
	var head [maxLooseHeader]byte
	n, err := l.Prefix(head[:], src)
	if err != nil {
		return 0, nil, err
	}
	t, size, n, err := looseHeader(head[:n])
	if err != nil {
		return 0, nil, err
	}
	if err := checkSize(size, len(src)); err != nil {
		return 0, nil, err
	}
	data := l.get(n + int(size))
	used, err := l.Zlib(data, src, true)
	if err == nil && used != len(src) {
		err = errors.New("garbage follows the object")
	}
	if err != nil {
		l.put(data)
		return 0, nil, err
	}
	// Move the content to the front, so that put sees the same buffer that get
	// returned.
	copy(data, data[n:])
	return t, data[:size], nil
}

// looseHeader parses a header and returns its length n, including the NUL.
func looseHeader(head []byte) (t Type, size uint64, n int, err error) {
	end := bytes.IndexByte(head, 0)
	name, digits, ok := bytes.Cut(head[:max(end, 0)], []byte(" "))
	if !ok {
		return 0, 0, 0, errors.New("header of the object is malformed")
	}
	if t, ok = parseType(name); !ok {
		return 0, 0, 0, fmt.Errorf("unknown object type %.16q", name)
	}
	if size, err = strconv.ParseUint(string(digits), 10, 63); err != nil {
		return 0, 0, 0, errors.New("size of the object is malformed")
	}
	return t, size, end + 1, nil
}

// readFile reads a file into a buffer. The caller puts the buffer back.
func (l *loader) readFile(file string) ([]byte, error) {
	f, info, err := regular.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > MaxSize {
		return nil, ErrTooLarge
	}
	buf := l.get(int(info.Size()))
	if _, err := io.ReadFull(f, buf); err != nil {
		l.put(buf)
		return nil, err
	}
	return buf, nil
}
