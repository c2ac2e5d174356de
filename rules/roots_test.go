package rules

import std "testing"

// TestRoots checks that no word is missed because its root is not listed.
func TestRoots(t *std.T) {
	for word := range environmentWords {
		if !holdsAny(word, environmentRoots) {
			t.Errorf("%s has no root", word)
		}
	}
	for _, word := range credentialWords {
		if !hasRoot(word) {
			t.Errorf("%s has no root", word)
		}
	}
}
