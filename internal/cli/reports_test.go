package cli

import (
	"strings"
	"testing"
)

func TestPairs(t *testing.T) {
	tests := []struct{ args, want string }{
		{"", "text>"},
		{"--output a", "text>a"},
		{"--format json", "json>"},
		{"--format json --output a", "json>a"},
		{"--output a --format json", "json>a"},
		{"--format sarif --output a --format text", "sarif>a text>"},
		{"--format text --format sarif --output a", "text> sarif>a"},
		{"--output a --format sarif --output b --format json", "sarif>a json>b"},
		{"--format sarif --output a --format json --output b", "sarif>a json>b"},
		{"--format json --format sarif", "two reports on standard output: json and sarif"},
		{"--format json --output a --format sarif --output ./a", "two reports in a: json and sarif"},
		{"--output a --output b", "output a has no format"},
		{"--format json --output a --output b", "output b has no format"},
		{"--output a.sarif", "sarif>a.sarif"},
		{"--output a.SARIF.json", "sarif>a.SARIF.json"},
		{"--output a.json --output b.html", "json>a.json html>b.html"},
		{"--output a.json --format sarif", "sarif>a.json"},
		{"--format text --output a.xml", "text>a.xml"},
		{"--format text --output a.md --output b.md", "text>a.md markdown>b.md"},
		{"--output a.txt --output b", "output b has no format"},
		{"--output a --output b.txt", "output a has no format"},
		{"--format jsno", "unknown format"},
		{"--format json --output no/where", "output no/where: the directory no does not exist"},
	}
	for _, tt := range tests {
		var given ordered
		words := strings.Fields(tt.args)
		for i := 0; i < len(words); i += 2 {
			_ = orderedFlag{strings.TrimPrefix(words[i], "--"), &given}.Set(words[i+1])
		}
		pairs, err := given.reports()
		var got []string
		for _, pair := range pairs {
			got = append(got, pair.format.Name+">"+pair.output)
		}
		if text := strings.Join(got, " "); err != nil && !strings.HasPrefix(err.Error(), tt.want) || err == nil && text != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.args, text, err, tt.want)
		}
	}
}
