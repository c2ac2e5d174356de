package site

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Functions that compute names of lazy scripts, and the names for IDs.
func TestNameFunctions(t *testing.T) {
	for text, want := range map[string]string{
		`x.u=e=>e+".js"`:        "7.js",
		`x.u=(e)=>(""+e+".js")`: "7.js",
		`x.u=function(e){return"js/"+({7:"a"}[e]||e)+".js"}`:                             "js/a.js",
		`x.u=e=>"js/"+({8:"a"}[e]||e)+".js"`:                                             "js/7.js",
		`x.u=e=>({7:"a"})[e]+".js"`:                                                      "a.js",
		`x.u=e=>({8:"a"})[e]+".js"`:                                                      "",
		`x.u=e=>{return e + '.js'}`:                                                      "7.js",
		"x.u=e=>`c/${({'7':\"a\"})[e]??e}$-${e}.mjs`":                                    "c/a$-7.mjs",
		`x.u=e=>7===e?"seven.js":"x"+e+".js"`:                                            "seven.js",
		`x.u=e=>7!=e?"seven.js":"x"+e+".js"`:                                             "x7.js",
		`x.u=e=>6==e||7==e?"six.js":e+".js"`:                                             "six.js",
		`x.u=e=>1===e?"1.js":2===e?"2.js":e+".css"`:                                      "7.css",
		`x.u=e=>{if(e===1)return"1.js";if({7:1}[e]){return "t"+e+".js";}return e+".js"}`: "t7.js",
		`x.u=e=>{if({8:1}[e])return "t.js"; /* a */ // b` + "\n" + `return e+".js"}`:     "7.js",
		`function f(e){return n.p+"s/"+({}[e]||e)+"."+{7:"h"}[e]+".chunk.js"}`:           "s/7.h.chunk.js",
		`x.miniCssF=e=>e+".css"`:                                                         "7.css",
		`x.u=e=>"fixed.js"`:                                                              "",
		`x.u=e=>f(e)+".js"`:                                                              "",
		`x.u=e=>e.name+".js"`:                                                            "",
		`x.u=e=>e+".js`:                                                                  "",
		`x.u=e=>{a:`:                                                                     "",
		`x.u=e=>{7:e`:                                                                    "",
		"x.u=e=>`${e":                                                                    "",
		`x.u=e=>"` + strings.Repeat("a", 2*maxValue) + `"+e+".js"`:                       "",
		`x.u=e=>` + strings.Repeat("(", 10*maxDepth) + "e":                               "",
		`x.u=e=>` + strings.Repeat("e+", 10*maxParts) + `".js"`:                          "",
	} {
		base, err := url.Parse("https://a.example/dir/main.js")
		if err != nil {
			t.Fatal(err)
		}
		f := file{reference: reference{base: base}, url: base}
		got := ""
		for _, n := range nameFunctions(f, []byte(text)) {
			got, _ = n.name.evaluate("7")
		}
		if got != want {
			t.Errorf("%.80s: got %q, want %q", text, got, want)
		}
	}
}

func TestLookUp(t *testing.T) {
	for _, tt := range []struct {
		mappings                     string
		line, column                 int
		source, wantLine, wantColumn int
	}{
		{"AAAA", 0, 0, 0, 0, 0},
		{"AAAA", 0, 99, 0, 0, 0},
		{"AAAA", 1, 0, -1, 0, 0},
		{"", 0, 0, -1, 0, 0},
		{"EAAA", 0, 1, -1, 0, 0},
		{"EAAA", 0, 2, 0, 0, 0},
		{"AAAA,EAAE,EAAE", 0, 3, 0, 0, 2},
		{"AAAA;;ACgBgBA", 2, 0, 1, 16, 16},
		{"AACA,E", 0, 2, -1, 1, 0}, // from no source
		{"AAAA;AADA", 1, 0, -1, 0, 0},
		{"!", 0, 0, -1, 0, 0},
		{"AAAAAA", 0, 0, -1, 0, 0},
		{"gggggggB", 0, 0, -1, 0, 0},
	} {
		source, line, column := lookUp(tt.mappings, tt.line, tt.column)
		if source != tt.source || source >= 0 && (line != tt.wantLine || column != tt.wantColumn) {
			t.Errorf("%s at %d:%d: got %d, %d:%d", tt.mappings, tt.line, tt.column, source, line, column)
		}
	}
}

// A map of sections has one map for each part of the generated text.
func TestSections(t *testing.T) {
	m := newMapText([]byte(`)]}'` + "\n" + `{"version":3,"sections":[
		{"offset":{"line":0,"column":0},"map":{"sources":["a.js"],"sourcesContent":["one\n𝔘é two"],"mappings":"AAAA"}},
		{"offset":{"line":1,"column":4},"map":{"sources":["turbopack:///[project]/b.js?x"],"sourcesContent":["three"],"mappings":"AAAA,EAAE;AAEA"}}]}`))
	original := m.originalOf([]byte("1234567\n1234567\n1"))
	for offset, want := range map[int]string{3: "a.js:1:1", 8: "", 12: "b.js:1:1", 14: "b.js:1:3", 16: "b.js:3:3", 17: "b.js:3:3", 18: "", -1: ""} {
		if got := original(offset); got != want {
			t.Errorf("%d: got %q, want %q", offset, got, want)
		}
	}
	for word, want := range map[string]string{"one": "a.js:1:1", "two": "a.js:2:5", "three": "b.js:1:1", "version": ""} {
		if got := m.original(strings.Index(string(m.text), word)); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}

// FuzzReferences looks for references in arbitrary text. All are URLs that a browser could
// request.
func FuzzReferences(f *testing.F) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), "\n-- ") {
			f.Add(part)
		}
	}
	base, err := url.Parse("https://a.example/app/_next/static/main.js")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := pageReader{base: base}
		p.read([]byte(text))
		in := file{reference: reference{base: base}, url: base, root: nextRoot(base, []byte(text))}
		refs := append(p.refs, imports(base, []byte(text))...)
		refs = append(refs, literals(in, []byte(text))...)
		refs = append(refs, frameworkReferences(in, []byte(text))...)
		refs = append(refs, styleReferences(base, []byte(text))...)
		for _, n := range nameFunctions(in, []byte(text)) {
			refs = append(refs, n.references(append(n.name.ids(), "1", "x", ""))...)
		}
		for _, r := range refs {
			for _, u := range r.urls {
				if u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" || u.User != nil {
					t.Errorf("%q", u)
				}
			}
		}
		for _, rule := range parseRobots(text) {
			(&robots{rules: []robotsRule{rule}}).allows(base)
		}
	})
}

// FuzzSourceMap looks up positions in arbitrary source maps.
func FuzzSourceMap(f *testing.F) {
	f.Add(`{"version":3,"sources":["a"],"sourcesContent":["x\ny\u0041"],"mappings":"AAAA;AACA,IAAI"}`, "a\nb", 1)
	f.Add(`{"sections":[{"offset":{"line":0,"column":1},"map":{"sources":["a"],"mappings":"AAAA"}}]}`, "ab", 2)
	f.Fuzz(func(t *testing.T, text, generated string, offset int) {
		m := newMapText([]byte(text))
		for _, found := range []string{m.original(offset), m.originalOf([]byte(generated))(offset)} {
			if len(found) > maxSource+50 {
				t.Errorf("%d bytes", len(found))
			}
		}
		dataURL(sourceMapName([]byte(generated)))
	})
}
