package odb

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
)

// Lengths in bytes of object IDs: SHA-1, or SHA-256 if extensions.objectFormat says
// so (gitformat-pack(5)).
const (
	sha1Size   = sha1.Size
	sha256Size = sha256.Size
)

// OID is an object ID: the raw hash of 20 or 32 bytes, not hexadecimal. An OID that
// [Walk] passes to a visitor may share memory with the index of a pack. Use
// strings.Clone to keep an OID longer than the DB without keeping the index in
// memory.
type OID string

// String returns the ID in hexadecimal, as git prints it.
func (id OID) String() string { return hex.EncodeToString([]byte(id)) }

// ParseOID is the inverse of [OID.String]. It accepts 40 or 64 hex digits.
func ParseOID(s string) (OID, error) {
	if len(s) != 2*sha1Size && len(s) != 2*sha256Size {
		return "", fmt.Errorf("parse object ID %q: %d digits instead of 40 or 64", s, len(s))
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return "", fmt.Errorf("parse object ID %q: %w", s, err)
	}
	return OID(raw), nil
}

// Type is an object type. The values are those of the pack format (gitformat-pack(5),
// "Object types").
type Type uint8

// The object types.
const (
	Commit Type = 1
	Tree   Type = 2
	Blob   Type = 3
	Tag    Type = 4
)

// Entry types of deltas in a pack. The base of an OFS_DELTA is given by its distance
// in the pack, the base of a REF_DELTA by its ID.
const (
	ofsDelta Type = 6
	refDelta Type = 7
)

// String returns the name of the type in git's spelling.
func (t Type) String() string {
	switch t {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return "type " + strconv.Itoa(int(t))
}

// parseType is the inverse of [Type.String].
func parseType(name []byte) (Type, bool) {
	for t := Commit; t <= Tag; t++ {
		if string(name) == t.String() {
			return t, true
		}
	}
	return 0, false
}

// Types is a set of object types.
type Types uint8

// All is the set of all object types.
const All Types = 1<<Commit | 1<<Tree | 1<<Blob | 1<<Tag

// Of returns the set of the given types.
func Of(types ...Type) Types {
	var set Types
	for _, t := range types {
		set |= 1 << t
	}
	return set & All
}

// Has reports whether t is in the set.
func (set Types) Has(t Type) bool { return set>>t&1 != 0 }

// newHash returns the hash function with sums of size bytes.
func newHash(size int) hash.Hash {
	if size == sha256Size {
		return sha256.New()
	}
	return sha1.New()
}

// hashObject returns the ID of an object: the hash of its type, a space, its
// length in decimal, a NUL and its content (gitformat-loose(5)).
func hashObject(size int, t Type, data []byte) OID {
	h := newHash(size)
	head := make([]byte, 0, 32)
	head = append(head, t.String()...)
	head = append(head, ' ')
	head = strconv.AppendInt(head, int64(len(data)), 10)
	h.Write(append(head, 0))
	h.Write(data)
	return OID(h.Sum(head[:0]))
}
