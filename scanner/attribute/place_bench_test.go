package attribute

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// BenchmarkPlace places objects of a repository that is on this machine:
//
//	QASLEAKS_BENCH_REPO=/path QASLEAKS_BENCH_BLOBS="<id> <id>" go test -bench Place -benchtime 5x ./scanner
//
// Instead of IDs a number may be given: so many groups of one blob each.
func BenchmarkPlace(b *testing.B) {
	dir := os.Getenv("QASLEAKS_BENCH_REPO")
	if dir == "" {
		b.Skip("QASLEAKS_BENCH_REPO is not set")
	}
	r, err := repo.Open(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	groups := map[string][]odb.OID{}
	blobs := os.Getenv("QASLEAKS_BENCH_BLOBS")
	if n, err := strconv.Atoi(blobs); err == nil && len(blobs) < 10 {
		groups = everyNthBlob(b, r, n)
	} else {
		for field := range strings.FieldsSeq(blobs) {
			id, err := odb.ParseOID(field)
			if err != nil {
				b.Fatal(err)
			}
			groups[field] = []odb.OID{id}
		}
	}
	var spans map[string][]Span
	for b.Loop() {
		if spans, _, err = Place(b.Context(), r, 0, groups); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for _, s := range spans {
		n += len(s)
	}
	b.ReportMetric(float64(n), "spans")
}

// everyNthBlob makes n groups of blobs from all over the database.
func everyNthBlob(b *testing.B, r *repo.Repository, n int) map[string][]odb.OID {
	groups := map[string][]odb.OID{}
	var ids []odb.OID
	err := odb.Walk(b.Context(), r.DB, odb.Of(odb.Blob), 1, odb.Visitor[struct{}]{
		Visit: func(_ int, o *odb.Object, _ struct{}) struct{} {
			ids = append(ids, o.ID)
			return struct{}{}
		},
		Fail: func(f odb.Failure) { b.Error(f) },
	})
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		id := ids[i*len(ids)/n]
		groups[id.String()] = []odb.OID{id}
	}
	return groups
}
