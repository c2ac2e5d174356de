package attribute

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// tip is the target of a ref or a reflog entry.
type tip struct {
	name string
	// chain is the object that the ref names. If that is a tag, the object of the tag
	// follows, and so on.
	chain []odb.OID
	node  int32 // -1 for a blob, or for an object without wanted blobs
}

// readTips finds the targets of refs and reflog entries, and the commits that refs
// reach.
func (p *placing) readTips() {
	var all, notes []int32
	for _, ref := range p.repo.Refs {
		t := p.tip(ref.Name, ref.ID)
		p.refs = append(p.refs, t)
		if t.node < 0 || !p.isCommit(t.node) {
			continue
		}
		all = append(all, t.node)
		if strings.HasPrefix(ref.Name, "refs/notes/") {
			notes = append(notes, t.node)
		}
	}
	for _, entry := range p.repo.Reflogs {
		p.reflogs = append(p.reflogs, p.tip(entry.Name, entry.ID))
	}
	p.fromHead = make([]bool, len(p.graph.commits))
	if p.head >= 0 {
		p.fromHead = p.graph.ancestors([]int32{p.head})
		all = append(all, p.head)
	}
	p.reachable = p.graph.ancestors(all)
	p.noted = p.graph.ancestors(notes)
}

// tip returns the target of a ref. A tree that contains a wanted blob becomes a node.
func (p *placing) tip(name string, id odb.OID) tip {
	t := tip{name: name, node: -1}
	target := p.graph.peel(id, func(tag odb.OID) { t.chain = append(t.chain, tag) })
	t.chain = append(t.chain, target)
	if n, ok := p.graph.number[target]; ok {
		t.node = n
	} else if p.views.of(target) != 0 {
		i := slices.Index(p.trees, target)
		if i < 0 {
			i = len(p.trees)
			p.trees = append(p.trees, target)
		}
		t.node = int32(len(p.graph.commits) + i)
	}
	return t
}

// isNamed reports whether a ref or a reflog entry names the object, directly or
// through tags.
func (p *placing) isNamed(id odb.OID) bool {
	names := func(t tip) bool { return slices.Contains(t.chain, id) }
	return slices.ContainsFunc(p.refs, names) || slices.ContainsFunc(p.reflogs, names)
}

// addReach sets the refs and reflog entries that reach each span.
func (p *placing) addReach() {
	seen := make([]uint64, len(p.versionOf))
	lists := nameLists{}
	for spans := range slices.Chunk(p.found, 64) {
		// Each span is one bit, passed from parents to children.
		clear(seen)
		for i, f := range spans {
			for _, n := range f.sources {
				seen[n] |= 1 << i
			}
		}
		for c := range p.graph.commits {
			for _, parent := range p.graph.parentsOf(int32(c)) {
				seen[c] |= seen[parent]
			}
		}
		var refs, reflogs [64][]string
		for _, t := range p.refs {
			for reached := p.reached(t, seen, spans); reached != 0; reached &= reached - 1 {
				i := bits.TrailingZeros64(reached)
				refs[i] = append(refs[i], t.name)
			}
		}
		for _, t := range p.reflogs {
			if t.node >= 0 && p.isCommit(t.node) && p.reachable[t.node] {
				continue
			}
			for reached := p.reached(t, seen, spans); reached != 0; reached &= reached - 1 {
				i := bits.TrailingZeros64(reached)
				reflogs[i] = append(reflogs[i], t.name)
			}
		}
		for i, f := range spans {
			f.refs, f.reflogs = lists.share(refs[i]), reflogs[i]
			f.reachable = len(f.refs) > 0
		}
	}
}

// reached returns the bits of the spans that a tip reaches.
func (p *placing) reached(t tip, seen []uint64, spans []*foundSpan) uint64 {
	var reached uint64
	if t.node >= 0 {
		reached = seen[t.node]
	}
	if t.node >= 0 && len(t.chain) == 1 {
		return reached
	}
	for i, f := range spans {
		if len(f.sources) == 0 && slices.Contains(t.chain, f.object) {
			reached |= 1 << i
		}
	}
	return reached
}

// nameLists lets spans share equal lists of refs: a repository may have tens of
// thousands of refs, and most of them reach the same spans.
type nameLists map[string][][]string

func (l nameLists) share(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	// Different lists nearly always differ in one of these names.
	key := strings.Join([]string{names[0], names[len(names)/2], names[len(names)-1]}, "\n")
	for _, known := range l[key] {
		if slices.Equal(known, names) {
			return known
		}
	}
	l[key] = append(l[key], names)
	return names
}
