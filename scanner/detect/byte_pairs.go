package detect

import "strings"

// leastCommon returns the offset of the two least common overlapping pairs of a
// literal, and their frequency in text, in millionths.
func leastCommon(l literal) (best int, least float64) {
	first := pairCost(l, 0)
	for at := 0; at+3 <= len(l.text); at++ {
		second := pairCost(l, at+1)
		if cost := first + second; at == 0 || cost < least {
			best, least = at, cost
		}
		first = second
	}
	return best, least
}

func pairCost(l literal, at int) float64 {
	cost := 0.0
	for _, first := range foldings(l.text[at], l.fold) {
		for _, second := range foldings(l.text[at+1], l.fold) {
			cost += max(commonness[first]*commonness[second], pairFrequency(first, second))
		}
	}
	return cost
}

// commonPairs are the most common pairs of bytes in source code, the most common
// first: counted in 40 MB of JavaScript, TypeScript, Go and documentation.
const commonPairs = "inerreontethstorenntesatletidesehecoanaralrietednsngndtrioisitmepeunrourliceranenciltaasexecctodrtrrtoouifpaamomicchea" +
	"marncaulgefiacvepompllutlafotuhanatylotsuehirsofprypopimemsiefotsoadvassapolnodiigelnihtbeplffusptfuluidckrcxtxpkemott" +
	"epltrublduiehoshabagoolsmiocsuwirywaumuiiafaosquaiibclbudargscireeowrmgibycreqslpptpddldbaewfrspfenuivpugopiubghokbo"

// pairFrequency estimates the frequency of a common pair in source text, in
// millionths; 0 for other pairs. It is roughly inversely proportional to the rank.
func pairFrequency(first, second byte) float64 {
	if first < 'a' || 'z' < first || second < 'a' || 'z' < second {
		return 0
	}
	return pairFrequencies[first-'a'][second-'a']
}

var pairFrequencies = func() (all [26][26]float64) {
	for i := len(commonPairs) - 2; i >= 0; i -= 2 {
		all[commonPairs[i]-'a'][commonPairs[i+1]-'a'] = 100000 / float64(i/2+15)
	}
	return all
}()

// commonness estimates the frequency of each byte in source text, per mille.
var commonness = func() (all [256]float64) {
	for c := range all {
		all[c] = commonnessOf(byte(c))
	}
	return all
}()

func commonnessOf(c byte) float64 {
	letters := [26]float64{ // of English: most identifiers are English words
		82, 15, 35, 43, 127, 25, 20, 40, 70, 3, 10, 45, 27, 70, 75, 25, 1, 65, 65, 91, 30, 12, 20, 6, 20, 2,
	}
	switch {
	case 'a' <= c && c <= 'z':
		return letters[c-'a']
	case c == ' ':
		return 150
	case 'A' <= c && c <= 'Z':
		return 2 + letters[c-'A']/10
	case '0' <= c && c <= '9':
		return 8
	case strings.IndexByte(".,()\"'\n\t;:=-_/", c) >= 0:
		return 15
	case c == 0:
		return 12
	}
	return 3
}
