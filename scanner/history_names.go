package scanner

import (
	"bytes"
	"context"
	"slices"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// inNames is the group of the objects whose paths contain keys. It has no hits, but it is
// placed like hits, to get the paths.
const inNames groupID = "names\x00"

// inTree searches the name of an entry of a tree.
func (h *history) inTree(ctx context.Context, s *scan, tree odb.OID, name []byte, entry odb.OID) {
	if !mayHaveKey(name) || h.part != nil && !h.part[entry] {
		return
	}
	found := s.namedIn("the file", string(name))
	if len(found) == 0 {
		return
	}
	blob := h.fileIn(ctx, entry)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range found {
		n.at.Path, n.at.Object, n.at.OID = h.prefix+objectPath(tree), ObjectBlob, tree.String()
		h.named[groupOf(&n.hit)] = n
	}
	if ids := h.seen[inNames]; blob != "" && !slices.Contains(ids, blob) {
		h.seen[inNames] = append(ids, blob)
	}
}

// mayHaveKey reports whether a name is worth a search: most trees have nothing but names
// that are too short for an encoded key, and have no beginning of a key ID.
func mayHaveKey(name []byte) bool {
	const encoded = 60
	if len(name) >= encoded {
		return true
	}
	for i := 1; i < len(name); i++ {
		if name[i-1] == '.' && (name[i] == '1' || name[i] == 'a') {
			return true
		}
	}
	return false
}

// fileIn returns a file: the object itself, or one in the tree that it is; "" if there is
// none. Only files have paths.
func (h *history) fileIn(ctx context.Context, id odb.OID) odb.OID {
	const deepest = 100
	for range deepest {
		typ, data, err := h.repo.DB.Read(ctx, id)
		if err != nil || typ != odb.Tree {
			if typ == odb.Blob {
				return id
			}
			return ""
		}
		end := bytes.IndexByte(data, 0) + 1
		if end == 0 || len(data) < end+h.repo.DB.HashSize() {
			return ""
		}
		id = odb.OID(data[end : end+h.repo.DB.HashSize()])
	}
	return ""
}

// keepUnplaced keeps the keys in names of trees for which no path was found.
func (h *history) keepUnplaced(s *scan) {
	for _, n := range h.named {
		s.keepName(n)
	}
}
