package rules

import std "testing"

// TestRoots checks that no word is missed because its root is not listed.
func TestRoots(t *std.T) {
	for word := range environmentWords {
		if !hasRoot(word, &environmentRoots) {
			t.Errorf("%s has no root", word)
		}
	}
	for _, word := range credentialWords {
		if !hasRoot(word, &credentialRoots) {
			t.Errorf("%s has no root", word)
		}
	}
}
