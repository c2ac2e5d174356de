package detect

import (
	"reflect"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// costly is a text between two keys whose anchors are each decoded alone, and then again for each
// way to undo the escapes around them.
func costly() (text []byte, last int) {
	begin := keytest.Key(1, keytest.Made) + "\n" + strings.Repeat(`=2E1C\"%20&lt;=`, 1500) + "\n"
	return []byte(begin + keytest.Key(2, keytest.Made) + "\n"), len(begin)
}

// A budget is spent at the same place each time: what is before it is found, and the text
// is known to be searched in part.
func TestBudget(t *testing.T) {
	d := New(rules.All())
	text, last := costly()
	for _, test := range []struct {
		name   string
		budget Budget
		spent  bool
	}{{"of a file", *NewBudget(), false}, {"of its bytes", Budget{}, true}} {
		b := test.budget
		hits := d.FindWithin(t.Context(), text, &b)
		if b.Spent() != test.spent {
			t.Errorf("%s: spent %v", test.name, b.Spent())
		}
		found := map[int]bool{}
		for _, h := range hits {
			found[h.Start] = true
		}
		if !found[0] || found[last] == test.spent {
			t.Errorf("%s: found the first key %v, the last %v", test.name, found[0], found[last])
		}
		b = test.budget
		if again := d.FindWithin(t.Context(), text, &b); !reflect.DeepEqual(again, hits) {
			t.Errorf("%s: %d hits, then %d", test.name, len(hits), len(again))
		}
	}
}

// Keys, one in each line, do not spend what their bytes add to a budget.
func TestBudgetForKeys(t *testing.T) {
	d := New(rules.All())
	for name, write := range map[string]func(string) string{
		"plain": func(key string) string { return "QAS_TOKEN=" + key + "\n" },
		"escaped": func(key string) string {
			return `"ApiKey\": \"` + strings.ReplaceAll(key, ".", `\u002e`) + `\"\n&amp;%20`
		},
		"UTF-16": func(key string) string { return strings.Join(strings.Split(key+"\n", ""), "\x00") + "\x00" },
	} {
		var text strings.Builder
		for i := range uint64(2000) {
			text.WriteString(write(keytest.Key(i, keytest.Made)))
		}
		b := &Budget{} // only what the bytes of the text add
		if hits := d.FindWithin(t.Context(), []byte(text.String()), b); b.Spent() || len(hits) < 2000 {
			t.Errorf("%s: %d hits, spent %v", name, len(hits), b.Spent())
		}
	}
}

// A text that was judged in part passes nothing on to its deltas.
func TestBudgetOfBase(t *testing.T) {
	d := New(rules.All())
	text, last := costly()
	var scratch []Anchor
	base := d.Next(t.Context(), text, Judgement{}, nil, &scratch, &Budget{})
	if !base.partial {
		t.Fatal("the base is complete")
	}
	end := text[last:]
	j := d.Next(t.Context(), end, base, []odb.Edit{{At: 0, Len: len(end), From: last}}, &scratch, NewBudget())
	if len(j.All()) != 1 || j.partial {
		t.Errorf("%d hits, partial %v", len(j.All()), j.partial)
	}
}
