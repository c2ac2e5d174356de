package rules

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	std "testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// mixed returns a text of some of its parts.
func mixed(r *rand.Rand, parts []string) []byte {
	var b []byte
	for range 1 + r.IntN(8) {
		b = append(b, parts[r.IntN(len(parts))]...)
	}
	return b
}

// TestMayName checks that no rule matches an anchor of which MayName says that it names
// nothing.
func TestMayName(t *std.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{
		"QAS", "qas", "Qas", "QaSphere", "qa_sphere", "qa-sphere", "_", "-", ".", ":", `"`, "'", "TOKEN", "Token", "API_KEY", "ApiKey", "password", "WEBHOOK_SECRET", "url",
		"=", ": ", "\n  ", "{", "VITE_", "envPrefix: [", " ", "abcdefghijklmnopqrstuvwxyzabcdefgh", "SPHERE", keytest.Expand("{{short 1}}"), "Xy4kQ9wLm2Zt8Rb1Qp", "qasphere.com", "<name>",
	}
	matches := 0
	for range 60_000 {
		text := mixed(r, parts)
		for _, rule := range All() {
			i := slices.IndexFunc(rule.Anchors, func(a Anchor) bool { return a.Name })
			if i < 0 {
				continue
			}
			for at := range text {
				if !hasPrefixFold(text[at:], strings.ToLower(rule.Anchors[i].Literal)) {
					continue
				}
				if _, ok := rule.Find(text, at); ok {
					matches++
					if !MayName(text, at) {
						t.Fatalf("%s matches %q at %d", rule.ID, text, at)
					}
				}
			}
		}
	}
	if matches < 100 {
		t.Errorf("only %d matches", matches)
	}
}

// TestHasRoot compares hasRoot with a search for each root.
func TestHasRoot(t *std.T) {
	r := rand.New(rand.NewPCG(3, 4))
	parts := []string{"to", "ke", "n", "K", "ey", "SEC", "ret", "cre", "dential", "a", "uth", "pa", "ss", "t", "_", "x"}
	roots := []string{"token", "key", "secret", "credential", "auth", "pass", "pat"}
	for range 50_000 {
		name := string(mixed(r, parts))
		want := slices.ContainsFunc(roots, func(root string) bool { return strings.Contains(strings.ToLower(name), root) })
		if hasRoot(name, &credentialRoots) != want || hasRoot([]byte(name), &credentialRoots) != want {
			t.Fatalf("hasRoot(%q) is not %v", name, want)
		}
	}
}

// TestLastFold compares lastFold with a search in lower case.
func TestLastFold(t *std.T) {
	r := rand.New(rand.NewPCG(5, 6))
	parts := []string{"a", "A", "b", "Z", "z", "/", "_", ".", "\x0f", "\x7f", "@", "`"}
	for range 50_000 {
		text, part := mixed(r, parts), strings.ToLower(string(mixed(r, parts[:10])))
		part = part[:min(len(part), 3)]
		if got, want := lastFold(text, part), bytes.LastIndex(bytes.ToLower(text), []byte(part)); got != want {
			t.Fatalf("lastFold(%q, %q) = %d, not %d", text, part, got, want)
		}
	}
}

// TestJoinedByDot compares the search for joined names with regular expressions.
func TestJoinedByDot(t *std.T) {
	before := regexp.MustCompile(`(\w+)(?:\)s)?[^\w\n]{0,10}\.[^\w\n]{0,10}$`)
	after := regexp.MustCompile(`^(?:\)s)?[^\w\n]{0,10}\.[^\w\n]{0,10}(\w+)`)
	first := func(m [][]byte) []byte {
		if m == nil {
			return nil
		}
		return m[1]
	}
	r := rand.New(rand.NewPCG(7, 8))
	parts := []string{"a", "s", ")s", ")", ".", ".", "é", "\xff", "\n", " ", "((((", "x_1", "'"}
	found := 0
	for range 100_000 {
		text := mixed(r, parts)
		if want := first(before.FindSubmatch(text)); !bytes.Equal(joinedBefore(text), want) {
			t.Fatalf("joinedBefore(%q) = %q, not %q", text, joinedBefore(text), want)
		} else if want != nil {
			found++
		}
		if want := first(after.FindSubmatch(text)); !bytes.Equal(joinedAfter(text), want) {
			t.Fatalf("joinedAfter(%q) = %q, not %q", text, joinedAfter(text), want)
		}
	}
	if found < 1000 {
		t.Errorf("only %d names", found)
	}
}

// TestTokenNear checks that there is a token near each key whose parts are in variables.
func TestTokenNear(t *std.T) {
	r := rand.New(rand.NewPCG(9, 10))
	id, token := keytest.KeyID(1, keytest.Made), keytest.Token(1)
	parts := []string{
		"tenant", "key", "token", "a", "b", "c", ".", ".", "=", ": ", "'", "'", "\n", " ", "-", "\\", ",", "acm0000123", token, token, "default", "<", ">", "${", "}", "+",
	}
	keys := 0
	for range 200_000 {
		text := []byte("a='acm0000123'; key='" + id + "'; c='" + token + "'; ")
		at := len("a='acm0000123'; key='")
		switch r.IntN(3) {
		case 0:
			text = append(text, mixed(r, parts)...)
			text = append(text, "a.key.c"...)
		case 1:
			head := append(mixed(r, parts), "b.k.t tenant='acm0000123' k='"...)
			at = len(head)
			text = append(append(head, id+"' t="...), mixed(r, parts)...)
			text = append(text, mixed(r, parts)...)
		default:
			head := append(mixed(r, parts), "key='"...)
			at = len(head)
			text = append(append(head, id+"' tenant:'acm0000123' token"...), mixed(r, parts)...)
		}
		found := nameBefore.FindSubmatch(around(text, at, 80, 0))
		if found == nil {
			continue
		}
		_, ok := fieldsKey(text, at)
		for name := range called(found[1]).all(text, 0, len(text)) {
			last := joinedAfter(text[nameEnd(text, name):])
			if _, isToken := nearestValue(text, at, called(last), isTokenValue); last != nil && isToken {
				ok = true
			}
		}
		if ok {
			keys++
			if !tokenNear(text, at) {
				t.Fatalf("no token near the key ID in %q", text)
			}
		}
	}
	if keys < 1000 {
		t.Errorf("only %d keys", keys)
	}
}
