package delivery

import (
	"testing"
)

// FuzzDelivery determines the delivery of arbitrary text: all parts are inside it.
func FuzzDelivery(f *testing.F) {
	for _, seed := range []string{
		"<!doctype html><title>x</title><script a>1</script><SCRIPT src=x></script><script>", "<html><script",
		`{"version":3,"sources":["webpack:///a"],"sourcesContent":["x",null,{}],"mappings":""}`, ")]}'\n" + `{"version":3,"sources":["a","b"],"sourcesContent":["x","y"],"mappings":""}`,
		`{"version":3,"sources":[],"mappings":"","sourcesContent":{"a":1}}`, "(self.webpackChunk=self.webpackChunk||[]).push([[1],{}])", "/* */ !function(){window.x}()", "/*",
		`{"name":"x","files":["../..","!","[","**"],"browser":{"a":false},"bin":"x"}`, `{"manifest_version":3,"name":"x"}`, "\xc6\x1f\xbc\x03\xc1\x03\x19\x1f",
	} {
		f.Add("dist/index-CKURceVt.js", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		d := Of(name, text, func(string) []byte { return text })
		for _, p := range d.parts {
			if p.start < 0 || p.start > p.end || p.end > len(text) || p.way == "" {
				t.Fatalf("part %d..%d of %d: %q", p.start, p.end, len(text), p.way)
			}
		}
		for at := range text {
			d.At(at)
		}
	})
}
