package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestSparse(t *testing.T) {
	const (
		in   = `{"e":"","a":{"b":[],"c":{"d":null}},"results":[],"s":"x\"},\\","l":[{},-1,null,{"id":null,"n":0}],"n":-1,"f":false}`
		want = `{"results":[],"s":"x\"},\\","l":[{},-1,null,{"n":0}],"n":-1,"f":false}`
	)
	l := layout{sparse: true, flat: true}
	if got := string(l.of([]byte(in), "")); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Escaped text has the same value.
func TestLayoutKeepsText(t *testing.T) {
	const text = "##[error] ### # \u202e \U000e0041 日本 ## \\ \" <&>"
	encoded, err := json.Marshal([]string{text})
	if err != nil {
		t.Fatal(err)
	}
	var l layout
	out := l.of(encoded, "")
	var got []string
	if err := json.Unmarshal(out, &got); err != nil || got[0] != text {
		t.Errorf("%s reads back as %q, %v", out, got, err)
	}
	if strings.Contains(string(out), "##") {
		t.Errorf("%s holds a command", out)
	}
}

// FuzzLayout checks against encoding/json: formatted text has the same value, and
// is indented as by json.Indent. Without noise it is still valid.
func FuzzLayout(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\\\"]##"},{},[]],"e":"","\u202e":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var compact, indented bytes.Buffer
		if json.Compact(&compact, text) != nil {
			return
		}
		l := layout{}
		got := l.of(compact.Bytes(), "  ")
		if bytes.Equal(appendEscaped(nil, compact.Bytes()), compact.Bytes()) {
			if err := json.Indent(&indented, compact.Bytes(), "  ", "  "); err != nil || !bytes.Equal(got, indented.Bytes()) {
				t.Errorf("got %s\nwant %s, %v", got, &indented, err)
			}
		}
		var before, after any
		if json.Unmarshal(text, &before) == nil {
			if err := json.Unmarshal(got, &after); err != nil || !reflect.DeepEqual(before, after) {
				t.Errorf("%s becomes %s, %v", text, got, err)
			}
		}
		l.sparse = true
		if sparse := l.of(compact.Bytes(), ""); !json.Valid(sparse) {
			t.Errorf("%s becomes %s", text, sparse)
		}
	})
}
