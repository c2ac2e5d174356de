// Package plural writes numbers, and nouns in the plural where a number asks for it.
package plural

import (
	"strconv"
	"strings"
)

// Number writes n with commas: 205,518.
func Number[T int | int64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Count returns a number and a noun, whose plural is regular: "1 key", "2 keys".
func Count[T int | int64](n T, noun string) string { return Number(n) + " " + Noun(int(n), noun) }

// Noun returns a noun as it follows a number.
func Noun(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// Size writes a number of bytes in decimal units.
func Size(n int64) string {
	if n < 1000 {
		return Count(n, "byte")
	}
	value, units := float64(n)/1000, []string{"kB", "MB", "GB", "TB"}
	for value >= 999.5 && len(units) > 1 {
		value, units = value/1000, units[1:]
	}
	return Short(value) + " " + units[0]
}

// Short writes a number below 10 with one decimal, unless that is 0.
func Short(value float64) string {
	if value < 10 {
		return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0")
	}
	return Number(int64(value + 0.5))
}
