// Package nearest finds the name a person probably meant.
package nearest

// Hint returns "did you mean NAME?" for the candidate that is nearest to name, or ""
// if none is near enough.
func Hint(name string, candidates []string) string {
	meant, ok := Name(name, candidates)
	if !ok {
		return ""
	}
	return "did you mean " + meant + "?"
}

// Name returns the candidate closest to name by edits of single letters, the
// first of equals. It answers false when none is near enough to be what was
// meant: more than a third of the longer name would have to change.
func Name(name string, candidates []string) (string, bool) {
	best, bestDistance := "", len(name)+1
	for _, candidate := range candidates {
		distance := edits(name, candidate)
		if distance < bestDistance && 3*distance <= max(len(name), len(candidate)) {
			best, bestDistance = candidate, distance
		}
	}
	return best, best != ""
}

// edits returns how many bytes to insert, delete, replace or swap with their
// neighbour turn a into b (the restricted Damerau-Levenshtein distance).
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(replaced, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
