package lab_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/lab"
)

var (
	corpusDir = flag.String("corpus", "", "directory of a corpus that TestCorpus wrote")
	foundDir  = flag.String("found", "", "directory of what tools found in it: NAME.files and NAME.histories, one path or shape per line")
)

// TestAccuracy prints tables of what tools found in a corpus. scripts/accuracy.sh
// runs it.
func TestAccuracy(t *testing.T) {
	if *corpusDir == "" || *foundDir == "" {
		t.Skip("scripts/accuracy.sh runs it")
	}
	data, err := os.ReadFile(filepath.Join(*corpusDir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m lab.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	var tools []tool
	for _, name := range []string{"qasleaks", "gitleaks", "betterleaks", "titus", "trufflehog"} {
		for _, suffix := range []string{"", "_with_rule"} {
			if files, err := os.ReadFile(filepath.Join(*foundDir, name+suffix+".files")); err == nil {
				histories, _ := os.ReadFile(filepath.Join(*foundDir, name+suffix+".histories"))
				tools = append(tools, tool{name + strings.ReplaceAll(suffix, "_", " "), lines(files), lines(histories)})
			}
		}
	}
	printTable("All", tools, []row{
		count("carriers, plain", m.Planted, func(p lab.Planted) bool { return p.History == "" && p.Kind == lab.Structured && p.Encoding == "plain" }),
		count("all files, in all encodings", m.Planted, func(p lab.Planted) bool { return p.History == "" }),
		count("shapes of history", m.Planted, func(p lab.Planted) bool { return p.History != "" }),
		decoys("decoys, with an alarm", m.Decoys),
	})
	group := func(title string, name func(lab.Planted) string, is func(lab.Planted) bool) {
		var rows []row
		seen := map[string]bool{}
		for _, p := range m.Planted {
			if n := name(p); is(p) && !seen[n] {
				seen[n] = true
				rows = append(rows, count(n, m.Planted, func(other lab.Planted) bool { return is(other) && name(other) == n }))
			}
		}
		printTable(title, tools, rows)
	}
	group("History", func(p lab.Planted) string { return p.History }, func(p lab.Planted) bool { return p.History != "" })
	group("Encodings", func(p lab.Planted) string { return p.Encoding }, func(p lab.Planted) bool { return p.History == "" })
	group("Carriers", func(p lab.Planted) string { return p.Carrier }, func(p lab.Planted) bool {
		return p.History == "" && p.Kind == lab.Structured && p.Encoding == "plain"
	})
}

// tool is what a scanner found.
type tool struct {
	name             string
	files, histories map[string]bool
}

// row is a row of a table: the paths or shapes that a tool can find.
type row struct {
	name      string
	paths     []string
	histories bool
	// ours says that the row does not apply to other tools.
	ours bool
}

func count(name string, all []lab.Planted, is func(lab.Planted) bool) row {
	r := row{name: name}
	for _, p := range all {
		if is(p) {
			r.paths = append(r.paths, p.Path)
			r.histories = p.History != ""
		}
	}
	return r
}

// decoys returns the row of files in which nothing should be found. Some of them
// contain credentials of other services, which other tools look for.
func decoys(name string, all []lab.Decoy) row {
	r := row{name: name, ours: true}
	for _, d := range all {
		if d.Most == "none" {
			r.paths = append(r.paths, d.Path)
		}
	}
	return r
}

func printTable(title string, tools []tool, rows []row) {
	fmt.Printf("## %s\n\n| | of |", title)
	for _, tool := range tools {
		fmt.Printf(" %s |", tool.name)
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---|", len(tools)+1))
	for _, row := range rows {
		fmt.Printf("| %s | %d |", row.name, len(row.paths))
		for _, tool := range tools {
			if row.ours && tool.name != "qasleaks" {
				fmt.Print(" – |")
				continue
			}
			n := 0
			for _, p := range row.paths {
				if row.histories && tool.histories[p] || !row.histories && tool.files[p] {
					n++
				}
			}
			fmt.Printf(" %d |", n)
		}
		fmt.Println()
	}
	fmt.Println()
}

// lines returns the paths in the lines of a text, without the part that names a member
// of an archive.
func lines(text []byte) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		path, _, _ := strings.Cut(strings.TrimSpace(line), "!")
		if plain, err := url.PathUnescape(path); err == nil {
			path = plain
		}
		file, _, _ := strings.Cut(path, ":")
		all[path], all[file] = true, true
	}
	return all
}
