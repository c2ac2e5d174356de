package rules

import (
	"cmp"
	"regexp"
	"strings"
)

// Pattern is a regular expression that finds keys, for tools that know none of ours.
// It matches less than the rules do: no regular expression can check the key ID digit
// by digit, judge whether a token is random, or see an encoded key. Keys that only
// their surroundings tell from other text are left to the rules.
//
// The expressions use what RE2, PCRE2, ECMAScript, Rust's regex crate and Hyperscan
// have in common: no lookaround, no flags, no backreferences, no quotes.
type Pattern struct {
	// ID is the ID of the rule that finds such keys. Title does not change when the
	// rule's title does: some tools know a pattern by it.
	ID, Title string
	// Key matches a whole key and nothing around it. Its parts are bounded, so that
	// engines that backtrack take no time that grows with the square of a line.
	Key string
	// Unbounded matches the same, and also longer keys. Hyperscan, which does not
	// backtrack, has no room for Key where it is to tell where a match starts.
	Unbounded string
	// Literals are such that one of them is in every match.
	Literals []string
	// Examples are the beginnings of documented example keys, up to the token: a
	// match that contains one is no secret.
	Examples []string
	// Words matches keys whose token is made of words: property names, and no secret.
	// It is empty where Key matches no such token.
	Words string
}

// PatternStart matches what is before a key: an escape sequence, whose last letter is
// not part of the tenant ID, or any other character that no tenant ID begins with. It is
// part of the match, since not every engine can look behind.
const PatternStart = `(?:^|\\[bfnrt]|%[0-9A-Fa-f]{2}|[^0-9A-Za-z])`

// hqid7Pattern matches an hqid7 of the years 2018 to 2028 between two dots.
const hqid7Pattern = `\.1[BCD][1-9A-HJ-NP-Za-km-z]{7}_[1-9A-HJ-NP-Za-km-z]{13}\.`

// PatternEnd matches what is after a key, for tools that ask for it. A pattern needs no
// end otherwise: tokens are matched as far as they go.
const PatternEnd = `\z|[^0-9A-Za-z_-]`

// Patterns returns the patterns: of keys whose key ID is an hqid7 of the years 2018 to
// 2028, and of keys of the shape that the authentication page shows.
func Patterns() []Pattern {
	return []Pattern{
		{
			ID:        qasAPIKey.ID,
			Title:     "QA Sphere API key",
			Key:       `[0-9A-Za-z][0-9A-Za-z_-]{0,63}` + hqid7Pattern + `[0-9A-Za-z_-]{16,128}`,
			Unbounded: `[0-9A-Za-z][0-9A-Za-z_-]*` + hqid7Pattern + `[0-9A-Za-z_-]{16,}`,
			Literals:  []string{".1B", ".1C", ".1D"},
			Examples:  []string{".1CKCEtest_JYyckc3zYtest."},
			Words:     `\.[A-Z]?[a-z]+(?:[A-Z_-][a-z]+)*$`,
		},
		{
			ID:    qasAPIKeyShort.ID,
			Title: "QA Sphere API key in the documented format",
			// A token without two digits is a property, or a part of a host name.
			Key:       `t[0-9]{1,16}\.ak[0-9]{1,16}\.(?:[A-Za-z_-]{0,64}[0-9]){2}[0-9A-Za-z_-]{0,64}`,
			Unbounded: `t[0-9]+\.ak[0-9]+\.(?:[A-Za-z_-]*[0-9]){2}[0-9A-Za-z_-]*`,
			Literals:  []string{".ak"},
			Examples:  []string{"t123.ak456."},
		},
	}
}

// Regexp returns the expression for a key and what is before it. The key is its only
// group.
func (p Pattern) Regexp() string { return PatternStart + "(" + p.Key + ")" }

// Except returns expressions for keys that Key matches and that are no secrets, each to
// be searched for in the key.
func (p Pattern) Except() []string {
	var all []string
	for _, example := range p.Examples {
		all = append(all, regexp.QuoteMeta(example))
	}
	if p.Words != "" {
		all = append(all, p.Words)
	}
	return all
}

// Join returns one pattern for the keys of several, for tools that take only one.
func Join(patterns []Pattern) Pattern {
	joined := Pattern{ID: patterns[0].ID, Title: patterns[0].Title}
	var keys, unbounded []string
	for _, p := range patterns {
		keys, unbounded = append(keys, p.Key), append(unbounded, p.Unbounded)
		joined.Literals = append(joined.Literals, p.Literals...)
		joined.Examples = append(joined.Examples, p.Examples...)
		joined.Words = cmp.Or(joined.Words, p.Words)
	}
	joined.Key, joined.Unbounded = strings.Join(keys, "|"), strings.Join(unbounded, "|")
	return joined
}
