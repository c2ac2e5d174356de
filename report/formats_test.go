package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Tests of the grammars of formats that have one file each and no more to them.

func mustKeep(t *testing.T, name string, schema *gojsonschema.Schema, document gojsonschema.JSONLoader) {
	t.Helper()
	got, err := schema.Validate(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range got.Errors() {
		t.Errorf("%s: %s", name, e)
	}
}

func TestGitLabKeepsItsSchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "schema", "gitlab-secret-detection.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range results() {
		mustKeep(t, name, schema, gojsonschema.NewStringLoader(render(t, Format{"gitlab", GitLab}, r)))
	}
}

// A key keeps its ID wherever it moves, and no two have the same.
func TestGitLabIDs(t *testing.T) {
	seen := map[string]bool{}
	for i := range crowded(1000, 1).Findings {
		_, key := newKey(uint64(100 + i))
		id := gitlabID(key.Fingerprint())
		if seen[id] || id != gitlabID(key.Fingerprint()) {
			t.Errorf("%s is there twice, or changes", id)
		}
		seen[id] = true
	}
}

// GitLab takes two for one if first identifier, file and lines are the same, and
// a rotated key is where the one before it was.
func TestGitLabTellsKeysOfOneLineApart(t *testing.T) {
	r := crowded(2, 1)
	r.Findings[1].Occurrences = r.Findings[0].Occurrences
	var got struct {
		Vulnerabilities []struct {
			Identifiers []struct{ Type, Value string }
			Location    struct {
				File  string
				Start int `json:"start_line"`
			}
		}
	}
	if err := json.Unmarshal([]byte(render(t, Format{"gitlab", GitLab}, r)), &got); err != nil {
		t.Fatal(err)
	}
	a, b := got.Vulnerabilities[0], got.Vulnerabilities[1]
	if a.Location != b.Location || a.Identifiers[0] == b.Identifiers[0] {
		t.Errorf("%v and %v are one to GitLab", a, b)
	}
}

// Each line of JSON Lines is a part of the JSON report.
func TestJSONLKeepsItsSchema(t *testing.T) {
	text, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	part := func(name string) *gojsonschema.Schema {
		var all map[string]any
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		schema, err := gojsonschema.NewSchema(gojsonschema.NewGoLoader(map[string]any{
			"$ref": "#/definitions/" + name, "definitions": all["definitions"],
		}))
		if err != nil {
			t.Fatal(err)
		}
		return schema
	}
	schemas := map[string]*gojsonschema.Schema{"finding": part("finding"), "coverage": part("coverage"), "tool": part("tool")}
	for name, r := range results() {
		got := render(t, Format{"jsonl", JSONL}, r)
		var kinds []string
		for line := range strings.Lines(got) {
			var members map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &members); err != nil {
				t.Fatalf("%s: %v in %s", name, err, line)
			}
			for member, value := range members {
				if schema := schemas[member]; schema != nil {
					mustKeep(t, name, schema, gojsonschema.NewBytesLoader(value))
					kinds = append(kinds, member)
				} else if member != "schemaVersion" || string(value) != "1" {
					t.Errorf("%s: there is %s: %s", name, member, value)
				}
			}
		}
		want := append([]string{"tool"}, slices.Repeat([]string{"finding"}, len(r.Findings))...)
		if want = append(want, "coverage"); !slices.Equal(kinds, want) || !strings.HasSuffix(got, "\n") {
			t.Errorf("%s: the lines are %v, want %v", name, kinds, want)
		}
	}
}

// junitReport is what Jenkins and GitLab read of a report: the attributes and
// elements of the JUnit 10 schema of the Jenkins xUnit plugin.
type junitReport struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []struct {
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	} `xml:"testsuite"`
}

type junitCase struct {
	Class     string     `xml:"classname,attr"`
	Name      string     `xml:"name,attr"`
	Failure   *junitText `xml:"failure"`
	Error     *junitText `xml:"error"`
	Skipped   *junitText `xml:"skipped"`
	SystemOut string     `xml:"system-out"`
}

type junitText struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func TestJUnitGrammar(t *testing.T) {
	for name, r := range results() {
		for _, failOn := range []rules.Severity{0, rules.Error, rules.Error + 1} {
			text := render(t, Format{"junit", JUnit}, r, func(o *Options) { o.FailOn = failOn })
			mustBeXML(t, name, text, map[string][]string{
				"testsuites": {"name", "tests", "failures", "errors", "time"},
				"testsuite":  {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"},
				"testcase":   {"classname", "name", "file", "line", "time"},
				"failure":    {"type", "message"},
				"error":      {"type", "message"},
				"skipped":    {"message"},
				"system-out": {},
			})
			var got junitReport
			if err := xml.Unmarshal([]byte(text), &got); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			suite := got.Suites[0]
			failures, skipped, broken := 0, 0, 0
			for _, c := range suite.Cases {
				if c.Failure != nil {
					failures++
				}
				if c.Skipped != nil {
					skipped++
				}
				if c.Error != nil {
					broken++
				}
				if c.Class == "" || c.Name == "" {
					t.Errorf("%s: a case has no name", name)
				}
			}
			counted := fmt.Sprint(len(suite.Cases), failures, broken, skipped)
			if said := fmt.Sprint(suite.Tests, suite.Failures, suite.Errors, suite.Skipped); said != counted || len(suite.Cases) != len(r.Findings)+1 {
				t.Errorf("%s says %s, and has %s", name, said, counted)
			}
			want := 0
			for _, f := range r.Findings {
				if f.Suppressed == nil && f.Severity >= failOn {
					want++
				}
			}
			if failures != want || (broken > 0) == r.Coverage.Complete() {
				t.Errorf("%s: %d failures and %d errors, want %d failures", name, failures, broken, want)
			}
		}
	}
}

// mustBeXML reads a document to its end, and checks that it has these elements
// with no other attributes.
func mustBeXML(t *testing.T, name, text string, elements map[string][]string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes, known := elements[start.Name.Local]
		if !known {
			t.Errorf("%s: there is <%s>", name, start.Name.Local)
		}
		for _, a := range start.Attr {
			if !slices.Contains(attributes, a.Name.Local) {
				t.Errorf("%s: <%s> has %s", name, start.Name.Local, a.Name.Local)
			}
		}
	}
}

// workflowLine is a workflow command as the runner reads it, or else a line of a log.
var workflowLine = regexp.MustCompile(`^(?:::(error|warning|notice) ((?:\w+=[^,:\r\n]*)(?:,\w+=[^,:\r\n]*)*)::([^\r\n]*)|[^:\s#][^\r\n]*)\n$`)

// logCommand is a command that agents of build services accept anywhere in a line.
var logCommand = regexp.MustCompile(`##[a-z]*\[`)

func TestGitHubGrammar(t *testing.T) {
	for name, r := range results() {
		got := render(t, Format{"github", GitHub}, r)
		levels := map[string]int{}
		for line := range strings.Lines(got) {
			parts := workflowLine.FindStringSubmatch(line)
			if parts == nil || logCommand.MatchString(line) {
				t.Errorf("%s: %q is no command", name, line)
				continue
			}
			levels[parts[1]]++
		}
		for level, n := range levels {
			if n > maxAnnotations {
				t.Errorf("%s: %d of %s, of which GitHub shows %d", name, n, level, maxAnnotations)
			}
		}
		if levels[""] != 1 {
			t.Errorf("%s: %d lines that are no commands, want only the total", name, levels[""])
		}
	}
}

// What is only in history is no annotation of the file that has its name now.
func TestGitHubAnnotatesWhatIsThere(t *testing.T) {
	got := render(t, Format{"github", GitHub}, &scanner.Result{Base: "sub", Coverage: wholeCoverage, Findings: []scanner.Finding{inHistory(), inHead()}})
	lines := strings.Split(got, "\n")
	if !strings.HasPrefix(lines[0], "::error file=sub/src/api.js,line=3,") {
		t.Errorf("the first is %s, want the one in the checkout", lines[0])
	}
	if strings.Contains(lines[1], "file=") || !strings.Contains(lines[1], "ci/nightly.yml:108:20") {
		t.Errorf("the second is %s, want one of no file", lines[1])
	}
}

// GitHub has columns only for a place on one line, and no place on line 0.
func TestGitHubPlaces(t *testing.T) {
	for name, test := range map[string]struct {
		line, column, endLine, endColumn int
		want                             string
	}{
		"one line":  {3, 5, 3, 9, "::error file=a.txt,line=3,endLine=3,col=5,endColumn=9,title="},
		"two lines": {3, 5, 4, 2, "::error file=a.txt,line=3,endLine=4,title="},
		"no column": {3, 0, 3, 0, "::error file=a.txt,line=3,endLine=3,title="},
		"no line":   {0, 0, 0, 0, "::error title="},
	} {
		f := finding(1, scanner.Occurrence{Path: "a.txt", Object: scanner.ObjectFile, OnDisk: true})
		at := &f.Occurrences[0]
		at.Line, at.Column, at.EndLine, at.EndColumn = test.line, test.column, test.endLine, test.endColumn
		if got := render(t, Format{"github", GitHub}, &scanner.Result{Findings: []scanner.Finding{f}}); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
