package export

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden shows what is written.
func TestGolden(t *testing.T) {
	for _, target := range Targets() {
		golden := filepath.Join("testdata", "golden", target.Name)
		if *update {
			if err := os.WriteFile(golden, target.Config(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(target.Config()); got != strings.ReplaceAll(string(want), "\r\n", "\n") {
			t.Errorf("%s is not what is written: run go test ./internal/export -run TestGolden -update", golden)
		}
	}
	entries, err := os.ReadDir(filepath.Join("testdata", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(Targets()) {
		t.Errorf("%d golden files, want %d", len(entries), len(Targets()))
	}
}

// values returns all strings of a configuration as the tool reads it.
func values(tree any) []string {
	var all []string
	switch tree := tree.(type) {
	case string:
		return []string{tree}
	case []any:
		for _, value := range tree {
			all = append(all, values(value)...)
		}
	case map[string]any:
		for _, value := range tree {
			all = append(all, values(value)...)
		}
	}
	return all
}

// TestExpressionsSurvive reads the expressions back: quoting has changed none.
func TestExpressionsSurvive(t *testing.T) {
	for _, target := range Targets() {
		found, err := target.read(target.Config())
		if err != nil {
			t.Errorf("%s: %v", target.Name, err)
			continue
		}
		var all []string
		for _, r := range found {
			all = append(all, r.name)
			all = append(all, values(r.holds)...)
		}
		for _, p := range rules.Patterns() {
			want := p.Regexp()
			switch target.Name {
			case "github":
				want = p.Unbounded
			case "secretlint":
				want = "/" + want + "/"
			case "titus":
				want = rules.Join(rules.Patterns()).Regexp()
			case "vscode":
				want = strings.ReplaceAll(rules.Join(rules.Patterns()).Regexp(), `\`, `\\`)
			}
			if !slices.Contains(all, want) {
				t.Errorf("%s: no %s in %q", target.Name, want, all)
			}
		}
	}
}

// TestQuotes keeps expressions free of what the formats would have to escape.
func TestQuotes(t *testing.T) {
	for _, p := range rules.Patterns() {
		for _, text := range append([]string{p.Title, p.Regexp()}, p.Except()...) {
			if strings.ContainsAny(text, "'\"/`\n") {
				t.Errorf("%s: %s has a quote, a slash or a line end", p.ID, text)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, target := range Targets() {
		config := string(target.Config())
		if gaps, err := target.Check([]byte(config)); err != nil || len(gaps) > 0 {
			t.Errorf("%s lacks %v of itself, %v", target.Name, gaps, err)
		}
		// An older pattern, as long as another of this tool.
		gaps, err := target.Check([]byte(strings.ReplaceAll(config, "{13}", "{14}")))
		if err != nil || len(gaps) != 1 {
			t.Errorf("%s with an older pattern lacks %v, %v", target.Name, gaps, err)
			continue
		}
		if nameless := target.Name == "ripgrep" || target.Name == "vscode"; gaps[0].Outdated == nameless {
			t.Errorf("%s with an older pattern: %s", target.Name, gaps[0])
		}
		if target.Name == "github" || target.Name == "secretlint" || target.Name == "vscode" {
			if _, err := target.Check(nil); err == nil {
				t.Errorf("%s: an empty file is read", target.Name)
			}
			continue
		}
		lacks := 2
		if target.Name == "titus" {
			lacks = 1
		}
		if gaps, err := target.Check(nil); err != nil || len(gaps) != lacks || gaps[0].Outdated {
			t.Errorf("%s: an empty file lacks %v, %v", target.Name, gaps, err)
		}
	}
}

// TestCheckEdited has configurations that people have changed.
func TestCheckEdited(t *testing.T) {
	written := func(name string) string {
		target, ok := Find(name)
		if !ok {
			t.Fatalf("there is no target %s", name)
		}
		return string(target.Config())
	}
	gitlabInside := func() string {
		_, inside, _ := strings.Cut(written("gitlab"), "value = '''\n")
		inside, _, _ = strings.Cut(inside, "'''")
		return inside
	}
	cases := []struct{ name, target, config, want string }{
		{"other words", "gitleaks", strings.ReplaceAll(written("gitleaks"), `"QA Sphere API key"`, `"Our key"`), ""},
		{"another severity", "semgrep", strings.ReplaceAll(strings.ReplaceAll(written("semgrep"), "ERROR", "WARNING"), "message: ", "message: Ours, "), ""},
		{"less metadata", "semgrep", strings.ReplaceAll(written("semgrep"), "      category: security\n", ""), ""},
		{"another confidence", "kingfisher", strings.ReplaceAll(written("kingfisher"), "high", "low"), ""},
		{"more keywords", "gitleaks", strings.Replace(written("gitleaks"), `[".1b"`, `["qas", ".1b"`, 1), ""},
		{"more rules", "gitleaks", written("gitleaks") + "[[rules]]\nid = 'other'\nregex = 'x'\n", ""},
		{"a keyword less", "gitleaks", strings.Replace(written("gitleaks"), `[".1b", `, `[`, 1), "qas-api-key is out of date"},
		{"an exception less", "gitleaks", strings.Replace(written("gitleaks"), `'''t123\.ak456\.'''`, "", 1), "qas-api-key-short is out of date"},
		{"another group", "gitleaks", strings.Replace(written("gitleaks"), "secretGroup = 1", "secretGroup = 2", 1), "qas-api-key is out of date"},
		{"renamed", "gitleaks", strings.Replace(written("gitleaks"), `id = "qas-api-key"`, `id = "ours"`, 1), "qas-api-key is missing"},
		{"in a comment", "gitleaks", "# " + strings.ReplaceAll(written("gitleaks"), "\n", "\n# "), "qas-api-key is missing, qas-api-key-short is missing"},
		{"GitLab's rules in a file of their own", "gitlab", gitlabInside(), ""},
		{"one of GitLab's passthroughs", "gitlab", strings.Replace(written("gitlab"), "[[secrets.passthrough]]", "[[secrets.passthrough]]\ntype = 'file'\ntarget = 'x'\nvalue = 'y'\n[[secrets.passthrough]]", 1), ""},
		{"a passthrough that is no text", "gitlab", strings.Replace(written("gitlab"), `type = "raw"`, `type = "url"`, 1), "qas-api-key is missing, qas-api-key-short is missing"},
		{"a detector that verifies", "trufflehog", strings.Replace(written("trufflehog"), "    regex:", "    verify: [{endpoint: 'https://localhost'}]\n    regex:", 1), ""},
		{"one expression", "ripgrep", strings.Replace(written("ripgrep"), "128}", "129}", 1), "the pattern qas-api-key is missing"},
		{"in a script", "ripgrep", "#!/bin/sh\n" + written("ripgrep") + "echo $?\n", ""},
		{"with results", "vscode", written("vscode") + "2 results - 1 file\n", ""},
		{"another query", "vscode", "# Query: x\n", "the pattern is missing"},
		{"next to other rules", "secretlint", strings.Replace(written("secretlint"), `"rules": [`, `"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"},`, 1), ""},
	}
	for _, c := range cases {
		target, _ := Find(c.target)
		gaps, err := target.Check([]byte(c.config))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var said []string
		for _, gap := range gaps {
			said = append(said, gap.String())
		}
		if got := strings.Join(said, ", "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestNoKeys has rules look for keys in all that is written.
func TestNoKeys(t *testing.T) {
	for _, target := range Targets() {
		config := target.Config()
		for _, r := range rules.All() {
			for at := range config {
				if r.Find == nil || r.Lint {
					break
				}
				if m, ok := r.Find(config, at); ok && m.Severity >= rules.Note && slices.ContainsFunc(r.Anchors, func(a rules.Anchor) bool {
					return strings.HasPrefix(strings.ToLower(string(config[at:])), strings.ToLower(a.Literal))
				}) {
					t.Errorf("%s: %s", target.Name, m.Message)
				}
			}
		}
	}
}
