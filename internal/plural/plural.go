// Package plural puts nouns into the plural where a number asks for it.
package plural

import "fmt"

// Count returns a number and a noun: "1 key", "2 keys".
func Count(n int, noun string) string { return fmt.Sprint(n, " ", Noun(n, noun)) }

// Noun returns a noun as it follows a number.
func Noun(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
