package odb

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
)

// ErrRoom says that the objects of a pack inflate to more than was asked for.
var ErrRoom = errors.New("it inflates to more than the limit")

// WalkPack visits the objects of a pack that is in memory, outside any object
// database: each once, a delta after its base, until they have inflated to room bytes.
// An object is valid only during its visit, and has no Edits. Deltas against objects
// that are not in the pack, as bundles have them, are among the failures. The error is
// the error of ctx, or says why no object can be read.
func WalkPack(ctx context.Context, data []byte, room int64, visit func(*Object)) ([]Failure, error) {
	p := &pack{hashSize: sumSize(data)}
	count, err := p.header(data)
	if err != nil {
		return nil, err
	}
	var failures []Failure
	_, _, err = p.each(ctx, int(count), room, visit, func(f Failure) { failures = append(failures, f) })
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return failures, err
}

// sumSize returns the length of the checksum at the end of a pack, which is also the
// length of its object IDs. Nothing else in a pack tells it.
func sumSize(pack []byte) int {
	if n := len(pack) - sha256.Size; n >= packHeaderLen && sha256.Sum256(pack[:n]) == [sha256.Size]byte(pack[n:]) {
		return sha256.Size
	}
	return sha1.Size
}
