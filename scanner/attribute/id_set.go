package attribute

import (
	"encoding/binary"
	"math/bits"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// idSet is a set of object IDs, made to be searched for in the bytes of trees. It is
// immutable.
type idSet struct {
	ids    []odb.OID
	idSize int
	// table is a hash table with linear probing. A slot holds an index of ids plus
	// one.
	table []int32
	// filter has a bit for each ID, indexed by the first bytes of the ID, which are
	// evenly distributed. It rejects nearly all positions that are searched.
	filter []uint64
}

// newIDSet returns the set of the given IDs, which must be distinct and of the same
// size.
func newIDSet(ids []odb.OID, idSize int) *idSet {
	size := 1 << bits.Len(uint(2*len(ids)))
	s := &idSet{
		ids:    ids,
		idSize: idSize,
		table:  make([]int32, size),
		filter: make([]uint64, max(size/2, 1<<8)),
	}
	for i, id := range ids {
		h := binary.LittleEndian.Uint32([]byte(id[:4]))
		s.filter[h>>6&uint32(len(s.filter)-1)] |= 1 << (h & 63)
		slot := h & uint32(size-1)
		for s.table[slot] != 0 {
			slot = (slot + 1) & uint32(size-1)
		}
		s.table[slot] = int32(i + 1)
	}
	return s
}

// index returns the index of the ID at the beginning of data; -1 if it is not in the
// set.
func (s *idSet) index(data []byte) int32 {
	h := binary.LittleEndian.Uint32(data)
	if s.filter[h>>6&uint32(len(s.filter)-1)]>>(h&63)&1 == 0 {
		return -1
	}
	slot := h & uint32(len(s.table)-1)
	for s.table[slot] != 0 {
		if i := s.table[slot] - 1; string(data[:s.idSize]) == string(s.ids[i]) {
			return i
		}
		slot = (slot + 1) & uint32(len(s.table)-1)
	}
	return -1
}

// foundID is an offset at which an ID of a set begins, and the index of the ID.
type foundID struct{ at, index int32 }

// find appends the IDs of the set that begin in [from, to). An ID may end after to.
func (s *idSet) find(data []byte, from, to int, found []foundID) []foundID {
	data = data[:min(len(data), max(to+s.idSize-1, 0))]
	filter := s.filter
	for i := from; i <= len(data)-s.idSize; i++ {
		h := binary.LittleEndian.Uint32(data[i:])
		if filter[int(h>>6)&(len(filter)-1)]>>(h&63)&1 != 0 {
			if index := s.index(data[i:]); index >= 0 {
				found = append(found, foundID{int32(i), index})
			}
		}
	}
	return found
}
