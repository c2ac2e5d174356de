package odb_test

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// BenchmarkWalk visits all objects of the repository that the environment
// variable QASLEAKS_BENCH_REPO names (a bare one, or a .git directory).
func BenchmarkWalk(b *testing.B) {
	dir := os.Getenv("QASLEAKS_BENCH_REPO")
	if dir == "" {
		b.Skip("QASLEAKS_BENCH_REPO is not set")
	}
	for name, types := range map[string]odb.Types{"all": odb.All, "blobs": odb.Of(odb.Blob)} {
		b.Run(name, func(b *testing.B) {
			var objects, bytes atomic.Int64
			for b.Loop() {
				db, err := odb.Open(b.Context(), dir)
				if err != nil {
					b.Fatal(err)
				}
				type count struct{ objects, bytes, _, _, _, _, _, _ int64 }
				counts := make([]count, runtime.GOMAXPROCS(0))
				err = odb.Walk(b.Context(), db, types, len(counts), odb.Visitor[struct{}]{
					Visit: func(worker int, o *odb.Object, _ struct{}) (none struct{}) {
						counts[worker].objects++
						counts[worker].bytes += int64(len(o.Data))
						return none
					},
					Fail: func(f odb.Failure) { b.Error(f) },
				})
				if err != nil {
					b.Fatal(err)
				}
				for _, c := range counts {
					objects.Add(c.objects)
					bytes.Add(c.bytes)
				}
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(bytes.Load() / int64(b.N))
			b.ReportMetric(float64(objects.Load())/float64(b.N), "objects/op")
		})
	}
}
