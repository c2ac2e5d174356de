package main_test

import (
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// notYet are files and directories whose words are still being edited.
var notYet = []string{}

// banned are phrases that are not plain technical English, and what to write
// instead. Each is a regular expression that has no false positives here.
var banned = map[string]string{
	`habits?`:              "unsafe practice, or lint finding",
	`what is delivered`:    "client-side code",
	`what the next commit`: "staged changes",
	`what a (commit|change|pull request|push|merge) brings`: "the commits of it",
	`\w+ alone[.,:;)]`: "only X",
	`alone (can|does|is|has|tells|says|knows|may)`: "only X can",
	`all is well`:        "passed",
	`in the clear`:       "in plain text",
	`gravest`:            "most severe",
	`asks? for patience`: "rate-limited",
	`stands? (in|beside|before|after|between|there|alone|on)`: "is in, is next to",
	`beside (it|them|one|a key)`:                              "next to",
	`that of (a|an|the|its|their|another)`:                    "repeat the noun",
	`things?`:                                                 "name it: item, file, key",
	`(is|are) told`:                                           "is reported",
	`tells? of`:                                               "describes, reports",
	`has the rest`:                                            "describes the rest",
	`what is not there`:                                       "name it",
	`bears?`:                                                  "has",
	`looks? alike`:                                            "resemble",
	`as they come`:                                            "with default settings",
}

// TestPlainWords looks for banned phrases in what people read: the documentation,
// scripts and workflows, and the comments and strings of Go files.
func TestPlainWords(t *testing.T) {
	phrases := map[*regexp.Regexp]string{}
	for phrase, instead := range banned {
		if !strings.HasSuffix(phrase, "]") {
			phrase += `\b`
		}
		phrases[regexp.MustCompile(`(?i)\b`+phrase)] = instead
	}
	generated := regexp.MustCompile(`(?s)<!-- begin .*?<!-- end \w+ -->`) // from texts that are checked themselves
	lineStart := regexp.MustCompile(`(?m)^\s*(#|//|--|>)? *`)
	check := func(name, text string) {
		text = strings.ReplaceAll(lineStart.ReplaceAllString(text, ""), "\n", " ")
		for phrase, instead := range phrases {
			for _, at := range phrase.FindAllStringIndex(text, -1) {
				t.Errorf("%s: …%s…: write %q", name, text[max(0, at[0]-40):min(len(text), at[1]+40)], instead)
			}
		}
	}
	read := 0
	skip := func(name string) bool {
		return slices.ContainsFunc(notYet, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	}
	for _, name := range proseFiles(t) {
		content, err := os.ReadFile(name)
		if skip(name) || err != nil { // deleted, but not yet in a commit
			continue
		}
		read++
		check(name, generated.ReplaceAllString(string(content), ""))
	}
	for _, s := range sources(t) {
		if s.isTest() || skip(s.path) {
			continue
		}
		read++
		for _, group := range s.file.Comments {
			check(s.path, group.Text())
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					check(s.path, text)
				}
			}
			return true
		})
	}
	if read < 20 {
		t.Errorf("only %d files were read", read)
	}
}

// proseFiles returns the files outside Go that git tracks, or would track, and that
// are written for people.
func proseFiles(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-co", "--exclude-standard").Output()
	if err != nil {
		t.Skip("not in a git repository")
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool {
		known := []string{".md", ".yml", ".yaml", ".sh", ".mjs"}
		isProse := slices.Contains(known, path.Ext(name)) || slices.Contains([]string{".ci/run", "Dockerfile", ".gitattributes"}, name)
		return !isProse || strings.Contains(name, "testdata/")
	})
}
