package detect

import "iter"

// Hits are hits in the order of their text. There may be many, so that they are in parts, of
// which each can be freed.
type Hits [][]Hit

// add adds a hit. It shares the texts of the one before it.
func (all *Hits) add(h Hit) {
	const size = 256
	n := len(*all) - 1
	if n >= 0 {
		last := (*all)[n]
		h.share(&last[len(last)-1])
		if len(last) < size {
			(*all)[n] = append(last, h)
			return
		}
		*all = append(*all, append(make([]Hit, 0, size), h))
		return
	}
	*all = Hits{{h}}
}

// Len returns the number of hits.
func (all Hits) Len() int {
	n := 0
	for _, part := range all {
		n += len(part)
	}
	return n
}

// Each yields the hits.
func (all Hits) Each() iter.Seq[*Hit] {
	return func(yield func(*Hit) bool) {
		for _, part := range all {
			for i := range part {
				if !yield(&part[i]) {
					return
				}
			}
		}
	}
}

// Last yields the hits for the last time: it frees those that are done.
func (all Hits) Last() iter.Seq[*Hit] {
	return func(yield func(*Hit) bool) {
		for n, part := range all {
			all[n] = nil
			for h := range (Hits{part}).Each() {
				if !yield(h) {
					return
				}
			}
		}
	}
}
