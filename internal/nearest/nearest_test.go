package nearest

import "testing"

func TestName(t *testing.T) {
	names := []string{"format", "fail-on", "output", "no-history", "jobs", "rule"}
	tests := []struct{ name, want string }{
		{"fromat", "format"},
		{"formta", "format"},
		{"failon", "fail-on"},
		{"no-histroy", "no-history"},
		{"rules", "rule"},
		{"out", ""},
		{"verify", ""},
		{"x", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, ok := Name(tt.name, names); got != tt.want || ok != (tt.want != "") {
			t.Errorf("Name(%q) = %q, %t; want %q", tt.name, got, ok, tt.want)
		}
	}
}

func TestHint(t *testing.T) {
	names := []string{"format", "fail-on"}
	if got := Hint("fromat", names); got != "did you mean format?" {
		t.Errorf("got %q", got)
	}
	if got := Hint("verify", names); got != "" {
		t.Errorf("got %q for a name that is near to none", got)
	}
}

func TestEdits(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"ab", "ba", 1},
		{"scan", "scna", 1},
	}
	for _, tt := range tests {
		if got := edits(tt.a, tt.b); got != tt.want {
			t.Errorf("edits(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
