package rules

import (
	"strings"
	gotest "testing"
)

// The service at each place of a Compose file is the last name on the level of services
// before it.
func TestComposeServices(t *gotest.T) {
	const text = "# services:\nx: 1\nservices:\n  a:\n    environment:\n      K: one\n  b: {K: two}\nvolumes:\n  c: three\nservices:\n    d:\n      K: four\n"
	services := servicesIn([]byte(text))
	for value, want := range map[string]string{"one": "a", "two": "b", "three": "", "four": "d", "x:": "", "# s": ""} {
		at := strings.Index(text, value)
		if got := services.at(at, at+len(value)); got != want {
			t.Errorf("%q is in service %q, want %q", value, got, want)
		}
	}
	if got := services.at(len(text)-2, len(text)+1); got != "" {
		t.Errorf("beyond the end: service %q", got)
	}
	if got := servicesIn(nil).at(0, 0); got != "" {
		t.Errorf("in an empty file: service %q", got)
	}
}
