package report

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xeipuuv/gojsonschema"
)

func loadSchema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestJSONKeepsItsSchema(t *testing.T) {
	schema := loadSchema(t)
	for name, r := range results() {
		for _, show := range []bool{false, true} {
			text := render(t, Format{"json", JSON}, r, func(o *Options) { o.ShowSecrets = show })
			got, err := schema.Validate(gojsonschema.NewStringLoader(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got.Errors() {
				t.Errorf("%s: %s", name, e)
			}
			if !strings.HasSuffix(text, "}\n") {
				t.Errorf("%s does not end in a newline", name)
			}
		}
	}
}

// Whatever member is taken away, added or emptied, the schema notices.
func TestSchemaIsStrict(t *testing.T) {
	schema := loadSchema(t)
	text := render(t, Format{"json", JSON}, rich())
	var report any
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	refused := func(what, name string) {
		got, err := schema.Validate(gojsonschema.NewGoLoader(report))
		if err != nil {
			t.Fatal(err)
		}
		if got.Valid() {
			t.Errorf("the schema accepts %q %s", name, what)
		}
	}
	eachObject(report, func(object map[string]any) {
		object["surprise"] = 1
		refused("added", "surprise")
		delete(object, "surprise")
		for name, value := range object {
			delete(object, name)
			refused("taken away", name)
			object[name] = []any{map[string]any{}}
			refused("of another type", name)
			object[name] = value
		}
	})
	if got, err := schema.Validate(gojsonschema.NewGoLoader(report)); err != nil || !got.Valid() {
		t.Errorf("the report as it was: %v, %v", err, got.Errors())
	}
}

// eachObject calls f with one object of each kind in a JSON value: of lists
// the first is enough.
func eachObject(value any, f func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		f(value)
		for _, member := range value {
			eachObject(member, f)
		}
	case []any:
		if len(value) > 0 {
			eachObject(value[0], f)
		}
	}
}

// Text reads back as the scanner had it, whatever a terminal would make of it.
func TestJSONKeepsText(t *testing.T) {
	r := hostile()
	r.Coverage.Notes = []string{"\x1b[2J\u202e\u009b\U000e0041<&>日本\u2028"}
	var got struct{ Coverage struct{ Notes []string } }
	if err := json.Unmarshal([]byte(render(t, Format{"json", JSON}, r)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Coverage.Notes[0] != r.Coverage.Notes[0] {
		t.Errorf("got %q, want %q", got.Coverage.Notes[0], r.Coverage.Notes[0])
	}
}

func TestJSONTime(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2025, 1, 2, 9, 41, 19, 547e6, zone), `"2025-01-02T07:41:19.547Z"`},
		{time.Date(2025, 1, 2, 9, 41, 19, 0, zone), `"2025-01-02T07:41:19Z"`},
		{time.Time{}, `null`},
	} {
		got, err := json.Marshal(newJSONTime(test.at))
		if err != nil || string(got) != test.want {
			t.Errorf("%v is %s, %v; want %s", test.at, got, err, test.want)
		}
	}
}
