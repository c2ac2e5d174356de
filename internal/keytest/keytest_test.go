package keytest_test

import (
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

func TestKeyIsAKey(t *testing.T) {
	made := time.Date(2025, 1, 2, 7, 41, 19, 547e6, time.UTC)
	seen := map[string]bool{}
	for seed := range uint64(1000) {
		literal := keytest.Key(seed, made)
		key, ok := rules.ParseKey(literal)
		if !ok {
			t.Fatalf("seed %d: not a key", seed)
		}
		if !key.CreatedAt.Equal(made) {
			t.Fatalf("seed %d: made at %v, want %v", seed, key.CreatedAt, made)
		}
		for _, part := range []string{keytest.TenantID(seed), key.KeyID, keytest.Token(seed)} {
			if seen[part] {
				t.Fatalf("seed %d: a part repeats an earlier one", seed)
			}
			seen[part] = true
		}
		if literal != keytest.Key(seed, made) {
			t.Fatalf("seed %d: the second key differs", seed)
		}
	}
}

// The UUID of a test vector of github.com/Hypersequent/hqid7.
func TestHqid7(t *testing.T) {
	for id, made := range map[string]string{
		"1CJo8oDjj_vkGo2rQAdzz4F": "2025-01-02T07:41:19.547Z",
		"1C3Rttz29_K2U2o4AdhPF5b": "2023-09-19T13:49:38.987Z",
	} {
		at, err := time.Parse(time.RFC3339, made)
		if err != nil {
			t.Fatal(err)
		}
		hi, lo := keytest.UUIDv7(at, 0, 0)
		if got := keytest.Hqid7(hi, lo); got[:7] != id[:7] {
			t.Errorf("Hqid7 at %s = %s, want one that begins like %s", made, got, id)
		}
	}
}
