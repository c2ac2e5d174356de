package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// findsBare reports whether a token makes a key where only the structure of the literal
// says so.
func findsBare(t *testing.T, token string) bool {
	t.Helper()
	literal := keytest.TenantID(1) + "." + keytest.KeyID(1, keytest.Made) + "." + token
	m, ok := ruleOf(t, "qas-api-key").Find([]byte(literal), strings.IndexByte(literal, '.'))
	if ok && (m.Start != 0 || m.End != len(literal)) {
		t.Errorf("the key with token %q is found at %d..%d of %d", token, m.Start, m.End, len(literal))
	}
	return ok
}

// findsAssigned reports whether a token makes a key as the value of QAS_TOKEN, with a
// key ID that has no structure.
func findsAssigned(t *testing.T, token string) bool {
	t.Helper()
	_, ok := ruleOf(t, "qas-assigned-key").Find([]byte("QAS_TOKEN=acme.k3y-1."+token), 0)
	return ok
}

// TestRandomTokensOfAKey checks which tokens look random, at the edges of the limits.
func TestRandomTokensOfAKey(t *testing.T) {
	for token, want := range map[string]bool{
		// 16 characters
		"a1b2c3d4e5f6g7h":  false,
		"a1b2c3d4e5f6g7h8": true,
		// six different characters
		"a1a1b2b2a1a1b2b2":  false,
		"a1b2c1a1b2c1a1b2":  false,
		"a1b2c3a1b2c3a1b2":  true,
		"aB1aB1aB1aB1aB1aB": false,
		// two classes
		"qwrtzpsdfghjklyx":       false,
		"QWRTZPSDFGHJKLYX":       false,
		"1234567890123456":       false,
		"1234567890-12345":       false,
		"qwrtzpsdfghjkly7":       true,
		"QWRTZPSDFGHJKLY7":       true,
		"qWrTzPsDfGhJkLyX":       true,
		"qwrtzpsdfg-hjk_lyx":     false,
		"{{token}}":              false,
		"thumbnailLargeImage":    false,
		"ThumbnailLargeImageURL": false,
		"large-Thumbnail-Image":  false,
		"LARGE_thumbnail_image":  false,
		"UPPER_and_LOWER_Case":   false,
		// words have four letters on average
		"someMoreWordsHere": false, // 17 letters, 4 words
		"fourFourFourFour":  false, // 16 letters, 4 words, but few different characters
		"lineNameCodeText":  false, // 16 letters, 4 words
		"lineNameCodeTxts":  false,
		"lineNameCodTexts":  false,
		"linNameCodTextId":  true, // 16 letters, 5 words
		"lineNamCodTxtIdsX": true, // a word of one letter
		"lineNameABcdTexts": true, // more than one capital before lower case
	} {
		if got := findsBare(t, token); got != want {
			t.Errorf("a key with the token %q is found: %t, want %t", token, got, want)
		}
	}
}

// TestNotRandom lists names and numbers that may follow a key ID in code.
func TestNotRandom(t *testing.T) {
	for kind, tokens := range map[string][]string{
		"camel case": {
			"thumbnailLargeRetinaImage", "getElementsByClassName", "shouldComponentUpdate", "httpRequestUploadEvents",
			"addEventListenerOnce", "createReadStreamSync", "toLocaleDateString", "backgroundImageRepeat",
		},
		"kebab case": {
			"large-thumbnail-image", "Content-Disposition", "data-testid-wrapper", "Access-Control-Allow-Origin",
			"background-color-primary", "UPPER-KEBAB-CASE-NAME",
		},
		"snake case":  {"large_thumbnail_image", "MAX_UPLOAD_SIZE_BYTES", "Screaming_Snake_Case"},
		"one case":    {"internationalization", "incomprehensibilities", "NOTIFICATIONSERVICE"},
		"numbers":     {"20250102074119547", "0000000000000000", "1234567890123456789"},
		"repetitions": {"aaaaaaaaaaaaaaaa1", "xxxxxxxxxxxxxxxxXX", "abababababababab12"},
		"chunk names": {"vendors-node_modules-react", "runtime-polyfills-main", "commons-framework-shared", "pages-projects-settings"},
	} {
		for _, token := range tokens {
			if findsBare(t, token) {
				t.Errorf("%s: a key with the token %q is found", kind, token)
			}
		}
	}
}

// TestPlaceholderTokens checks which tokens of an assigned key are placeholders: those
// with the word for one, unless the token is long and mixed.
func TestPlaceholderTokens(t *testing.T) {
	for token, want := range map[string]bool{
		"abc789xyz":   true,
		"your-token1": false,
		"changeme123": false,
		"CHANGEME123": false,
		"keyToken1":   false,
		"sometoken":   false,
		"secondPart":  false,
		// four different characters
		"abc123abc":    true,
		"aab1aab1":     false,
		"abc1abc1":     true,
		"{{key}}":      false,
		"a1xxxxb2c3d4": false,

		// A random token may contain a word for a placeholder, if it has 16 characters, a
		// digit, and changes of class at two of five.
		"4your7Kq2Rt9Zm3":  false,
		"4your7Kq2Rt9Zm3w": true,
		"aYOURbKqzRtwZmxW": false,

		"yourabcD1D1D1DDDefgh": true,  // 20 characters, 8 changes
		"yourabcD1D1D1fffefgh": false, // 20 characters, 7 changes
	} {
		if got := findsAssigned(t, token); got != want {
			t.Errorf("a key with the token %q is found: %t, want %t", token, got, want)
		}
	}
}

// TestHeaderLiterals checks which literals that are not keys are credentials in a header:
// those of eight characters, five of them different.
func TestHeaderLiterals(t *testing.T) {
	for literal, want := range map[string]bool{
		"abcd123":       false,
		"abcd1234":      true,
		"abc1abc1":      false,
		"abcd1abcd1":    true,
		"abcdefgh":      false,
		"abcdEfgh":      false, // words
		"abcdefgH":      true,
		"abCdefGhiJ":    true,
		"1234123412":    false,
		"1234512345":    true,
		"your-key-1234": false,
	} {
		text := "Authorization: ApiKey " + literal
		_, got := ruleOf(t, "apikey-header").Find([]byte(text), strings.Index(text, "ApiKey"))
		if got != want {
			t.Errorf("the literal %q is found: %t, want %t", literal, got, want)
		}
	}
}

// TestTestLiterals checks that values which say that they are for tests are not shown as
// credentials.
func TestTestLiterals(t *testing.T) {
	for value, want := range map[string]int{
		"a8Kq2Rt9Zm3wL": 1, "test8Kq2Rt9Zm": 0, "fake8Kq2Rt9Zm": 0, "mock8Kq2Rt9Zm": 0, "FOO8Kq2Rt9Zmx": 0, "not-a-key8Kq2": 0,
		"a8Kq2Rt": 0, "a8Kq2Rt9": 1,
	} {
		if got := rules.Values([]byte("QAS_TOKEN=" + value + "\n")); len(got) != want {
			t.Errorf("%q: %d values, want %d", value, len(got), want)
		}
	}
}

// TestHashes checks that hashes in the names of files are not key IDs, and that a token
// in hexadecimal digits is as good as another.
func TestHashes(t *testing.T) {
	for _, name := range []string{
		"static/js/main.1Cd41d8cd98f00b204e980.chunk.js",
		"static/js/main.1C3f9a2b_4d5e6f7081920a.d41d8cd98f00b204e9800998ecf8427e.js",
		"vendors-1Cc9a8b7c_react.1Cd41d8cd_8f00b204e9800.bundle.js.map",
		`"1Cd41d8cd98f00b204e980" + ".js"`,
		"sha1.1Cda39a3e_e6b4b0d3255bf.ef95601890afd80709",
		`{"key_id": "1Cda39a3e_e6b4b0d3255bf", "tenant": "acme", "token": "ef95601890afd80709a1"}`,
	} {
		for _, r := range rules.All() {
			for at := range name {
				if r.Lint || !slices.ContainsFunc(r.Anchors, func(a rules.Anchor) bool { return startsWith([]byte(name[at:]), a) }) {
					continue
				}
				if _, ok := r.Find([]byte(name), at); ok {
					t.Errorf("%s matches in %q", r.ID, name)
				}
			}
		}
	}
	if !findsBare(t, "d41d8cd98f00b204e9800998ecf8427e") {
		t.Error("a token in hexadecimal digits is not found")
	}
}
