package scanner

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// Every form of every secret is masked, whatever stands around it and however many
// secrets there are.
func TestRedactsEveryForm(t *testing.T) {
	r := newRedactor()
	var values []string
	for seed := range uint64(200) {
		key, ok := rules.ParseKey(keytest.Key(seed, keytest.Made))
		if !ok {
			t.Fatal("keytest made no key")
		}
		r.add(NewSecret(keytest.Key(seed, keytest.Made)), key)
		values = append(values, keytest.Token(seed))
	}
	odd := rand.New(rand.NewPCG(1, 2))
	for n := range 50 { // with what becomes + and / in base64
		value := make([]byte, startLen+odd.IntN(30))
		for i := range value {
			value[i] = byte(' ' + odd.IntN('~'-' '))
		}
		values = append(values, string(value))
		r.add(NewSecret(string(value)), rules.Key{})
		if n == 0 {
			r.add(NewSecret(string(value)), rules.Key{}) // of two rules, say
		}
	}
	for _, value := range values {
		for form := range forms(value) {
			if len(form) < startLen {
				continue
			}
			// A form may end within one that is longer: of another alignment, say.
			if got := r.clean("see " + form + " there"); strings.Contains(got, form) || !strings.HasSuffix(got, " there") {
				t.Errorf("a form of %d bytes is not masked", len(form))
			}
		}
	}
}
