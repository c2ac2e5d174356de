package rules_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// TestHqid7Bits checks that an ID with other bits for the variant, or of the same number
// plus 2^128, is not an hqid7.
func TestHqid7Bits(t *testing.T) {
	hi, lo := keytest.UUIDv7(keytest.Made, 1, 2)
	isHqid7 := func(id string) bool {
		key, _ := rules.ParseKey("acme." + id + ".a1b2c3d4")
		return !key.CreatedAt.IsZero()
	}
	for variant := range uint64(4) {
		if got := isHqid7(keytest.Hqid7(hi, lo&(1<<62-1)|variant<<62)); got != (variant == 0b10) {
			t.Errorf("an ID of variant %b is an hqid7: %t", variant, got)
		}
	}
	for version := range uint64(16) {
		if got := isHqid7(keytest.Hqid7(hi&^0xf000|version<<12, lo)); got != (version == 7) {
			t.Errorf("an ID of version %d is an hqid7: %t", version, got)
		}
	}
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	number := new(big.Int).SetUint64(hi)
	number.Lsh(number, 64).Add(number, new(big.Int).SetUint64(lo))
	number.SetBit(number, 128, 1)
	digits := make([]byte, 22)
	for i := range digits {
		rest := new(big.Int)
		number.DivMod(number, big.NewInt(58), rest)
		digits[len(digits)-1-i] = alphabet[rest.Int64()]
	}
	if number.Sign() != 0 || isHqid7(string(digits[:9])+"_"+string(digits[9:])) {
		t.Error("an ID of more than 128 bits is an hqid7")
	}
}

// covered reports whether a rule has an anchor where a quote or a dot precedes the ID of
// a key that was created at a time.
func covered(r rules.Rule, before string, created time.Time) bool {
	text := []byte(before + keytest.KeyID(1, created))
	return slices.ContainsFunc(r.Anchors, func(a rules.Anchor) bool { return startsWith(text, a) })
}

// structural are the rules with anchors from key IDs, and the texts before a key ID.
var structural = map[string][]string{
	"qas-api-key":   {"."},
	"qas-split-key": {".", `"`, "'"},
	"key-in-url":    {"."},
}

// TestAnchorsCoverFiveYears fails five years before the anchors of key IDs miss new keys.
// Then extend lastKeyYear in hqid7.go.
func TestAnchorsCoverFiveYears(t *testing.T) {
	checkCovered(t, rules.MinKeyTime, time.Now().AddDate(5, 0, 0))
}

// TestAnchorsCoverTheirYears checks each month of the span, and its edges.
func TestAnchorsCoverTheirYears(t *testing.T) {
	checkCovered(t, time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 999e6, time.UTC))
}

func checkCovered(t *testing.T, first, last time.Time) {
	t.Helper()
	for id, befores := range structural {
		r := ruleOf(t, id)
		for _, before := range befores {
			for at := first; at.Before(last); at = at.AddDate(0, 1, 0) {
				if !covered(r, before, at) {
					t.Fatalf("%s has no anchor %s for keys of %s", id, before, at)
				}
			}
			if !covered(r, before, last) {
				t.Fatalf("%s has no anchor %s for keys of %s", id, before, last)
			}
		}
	}
}

// TestAnchorsChange checks both sides of the times at which the second digit of a key ID
// changes, and that there are no anchors beyond the span: each costs time.
func TestAnchorsChange(t *testing.T) {
	r := ruleOf(t, "qas-api-key")
	for at, want := range map[string]bool{
		"2018-08-25T07:47:11.849Z": false,
		"2018-08-25T07:47:11.850Z": true,
		"2023-07-07T03:45:55.034Z": true,
		"2023-07-07T03:45:55.035Z": true,
		"2028-05-17T23:44:38.219Z": true,
		"2028-05-17T23:44:38.220Z": true,
		"2033-03-29T19:43:21.404Z": true,
		"2033-03-29T19:43:21.405Z": true,
		"2038-02-08T15:42:04.588Z": true,
		"2038-02-08T15:42:04.590Z": false,
	} {
		created, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := covered(r, ".", created); got != want {
			t.Errorf("keys of %s have an anchor: %t, want %t", at, got, want)
		}
		if key := keytest.Key(1, created); want {
			if _, ok := r.Find([]byte(key), strings.IndexByte(key, '.')); !ok {
				t.Errorf("a key of %s is not found", at)
			}
		}
	}
	if len(r.Anchors) != 4 {
		t.Errorf("%d anchors, want 4: %v", len(r.Anchors), r.Anchors)
	}
}
