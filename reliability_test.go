package main_test

import (
	"go/ast"
	"os"
	"regexp"
	"testing"
)

// TestReliabilityNamesTests looks for each test and fuzz target that docs/reliability.md names.
func TestReliabilityNamesTests(t *testing.T) {
	page, err := os.ReadFile("docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.isTest() {
				declared[f.Name.Name] = true
			}
		}
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(string(page), -1)
	for _, match := range named {
		if !declared[match[1]] {
			t.Errorf("docs/reliability.md names %s, which does not exist", match[1])
		}
	}
	if len(named) < 40 {
		t.Errorf("docs/reliability.md names only %d tests", len(named))
	}
}
