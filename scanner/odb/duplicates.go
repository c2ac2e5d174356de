package odb

import (
	"encoding/binary"
	"slices"
)

// markSeen marks in each forest the objects that are also in an earlier forest. It
// sorts the IDs of all packs, one share for each first byte.
func markSeen(forests []*forest, jobs int) {
	if len(forests) < 2 {
		return
	}
	type object struct {
		prefix uint64
		forest int32
		index  int32
	}
	ranks := make([][]bool, len(forests)) // by position in the index
	for i, f := range forests {
		ranks[i] = make([]bool, len(f.order))
	}
	var next counter
	run(jobs, func(int) {
		var all []object
		for b := range next.all(1, 256) {
			all = all[:0]
			for i, f := range forests {
				first, end := f.pack.index.span(byte(b))
				for j := first; j < end; j++ {
					id := f.pack.index.id(j)
					all = append(all, object{binary.BigEndian.Uint64([]byte(id[:8])), int32(i), int32(j)})
				}
			}
			id := func(o object) OID { return forests[o.forest].pack.index.id(int(o.index)) }
			slices.SortFunc(all, func(a, b object) int {
				switch {
				case a.prefix < b.prefix:
					return -1
				case a.prefix > b.prefix:
					return 1
				case id(a) < id(b):
					return -1
				case id(a) > id(b):
					return 1
				}
				return int(a.forest - b.forest)
			})
			for k := 1; k < len(all); k++ {
				if all[k].prefix == all[k-1].prefix && id(all[k]) == id(all[k-1]) {
					ranks[all[k].forest][all[k].index] = true
				}
			}
		}
	})
	for i, f := range forests {
		f.seen = make([]bool, len(f.order))
		for s, rank := range f.order {
			f.seen[s] = ranks[i][rank]
		}
	}
}
