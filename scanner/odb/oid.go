package odb

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
)

// Lengths in bytes of the object IDs that git knows: SHA-1, and SHA-256 where
// extensions.objectFormat says so (gitformat-pack(5)).
const (
	sha1Size   = sha1.Size
	sha256Size = sha256.Size
)

// OID is the ID of an object: its raw hash, 20 or 32 bytes, not hexadecimal.
// OIDs that [Walk] hands out may share memory with the pack's index: clone
// (strings.Clone) what is to outlive the DB.
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

// Type is the type of an object. The values are those of the pack format
// (gitformat-pack(5), "Object types").
type Type uint8

// The types of objects.
const (
	Commit Type = 1
	Tree   Type = 2
	Blob   Type = 3
	Tag    Type = 4
)

// How a pack stores an object that is not whole but the difference from another
// one: its base is named by distance in the pack, or by ID.
const (
	ofsDelta Type = 6
	refDelta Type = 7
)

// String returns the name of the type as git prints it.
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

// Types is a set of types.
type Types uint8

// All is the set of all types.
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

// newHash returns the hash whose sums are size bytes long.
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
