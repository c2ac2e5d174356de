package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// TestLintFind checks the limits of lint rules that judge a text.
func TestLintFind(t *testing.T) {
	const near = " https://acme.qasphere.com"
	for _, c := range []struct {
		rule, text string
		want       string // the literals, with a space between
	}{
		{"insecure-base-url", "http://acme.qasphere.com", "http://acme.qasphere.com"},
		{"insecure-base-url", "http://docs.qasphere.com", ""},
		{"insecure-base-url", "http://acme.staging.qasphere.com", ""},
		{"insecure-base-url", "http://acme.qasphere.com@example.com", ""},
		{"insecure-base-url", `\nhttp://acme.qasphere.com`, "http://acme.qasphere.com"},
		{"insecure-base-url", "xhttp://acme.qasphere.com", ""},
		{"key-in-url", "https://x.com/?key={{key 1}}", "{{key 1}}"},
		{"key-in-url", "https://x.com/?a=b&key={{key 1}}", "{{key 1}}"},
		{"key-in-url", "key={{key 1}}", ""},
		{"key-in-url", "https://x.com/?={{key 1}}", ""},
		{"key-in-url", "https://x.com/?key={{clientexample}}", ""},
		{"key-in-url", "https://a:{{plain 1}}@acme.qasphere.com", "{{plain 1}}"},
		{"key-in-url", "https://a:{{plain 1}}@docs.qasphere.com", ""},
		{"malformed-apikey-header", "Authorization: Bearer a1b2c3d4e5f6" + near, "a1b2c3d4e5f6"},
		{"malformed-apikey-header", "Authorization: Bearer a1b2c3d4e5f" + near, ""},
		{"malformed-apikey-header", "Authorization: Bearer a1b2c3d4e5f6", ""},
		{"malformed-apikey-header", "Authorization: Token {{key 1}}" + near, "Token"},
		{"malformed-apikey-header", "Authorization: BEARER {{key 1}}" + near, ""},
		{"malformed-apikey-header", "Authorization: Bearers {{key 1}}" + near, "Bearers"},
		{"malformed-apikey-header", "Authorization: {{key 1}}" + near, "{{key 1}}"},
		{"malformed-apikey-header", "Authorization: {{example}}" + near, ""},
		{"client-env-prefix", "VITE_QAS_TOKEN", "VITE_QAS_TOKEN"},
		{"client-env-prefix", "VITE_QAS_URL", ""},
		{"client-env-prefix", "define: {a: Boolean(QAS_TOKEN)}", ""},
		{"client-env-prefix", "define: {a: !!QAS_TOKEN}", ""},
		{"client-env-prefix", "define: {a: QAS_TOKEN}", "QAS_TOKEN"},
	} {
		got := strings.Join(matches(t, c.rule, keytest.Expand(c.text)), " ")
		if got != keytest.Expand(c.want) {
			t.Errorf("%s in %q: found: %t, want %q", c.rule, c.text, got != "", c.want)
		}
	}
}

// project is a repository with files, whose content may have placeholders. A name that
// begins with + is untracked, and one that begins with - untracked and ignored.
func project(files ...string) rules.Project {
	p := rules.Project{Now: keytest.Made.AddDate(0, 0, 30)}
	for i := 0; i < len(files); i += 2 {
		name, text := files[i], []byte(keytest.Expand(files[i+1]))
		path := strings.TrimLeft(name, "+-")
		p.Files = append(p.Files, rules.File{
			Path: path, InGit: true, Tracked: path == name, Ignored: name[0] == '-', Names: true, Speaks: rules.Speaks(text), Read: func() []byte { return text },
		})
		p.Keys = append(p.Keys, sightings(path, text)...)
	}
	slices.SortFunc(p.Files, func(a, b rules.File) int { return strings.Compare(a.Path, b.Path) })
	return p
}

// TestLintCheck checks the limits of lint rules that judge files together.
func TestLintCheck(t *testing.T) {
	const pipeline, keyLine = ".github/workflows/ci.yml", "QAS_TOKEN={{key 1}}\n"
	for _, c := range []struct {
		rule, name string
		p          rules.Project
		want       int
	}{
		{"shared-key-across-environments", "one", project(".env.production", keyLine, "config/prod.yml", keyLine), 0},
		{"shared-key-across-environments", "two", project(".env.production", keyLine, ".env.staging", keyLine), 1},
		{"shared-key-across-environments", "none", project("a.js", keyLine, "b.js", keyLine), 0},
		{"production-key-in-development", "test", project(".env.production", keyLine, ".env.test", keyLine), 1},
		{"production-key-in-development", "staging", project(".env.production", keyLine, ".env.staging", keyLine), 0},
		{"production-key-in-development", "by name", project(".env.dev", "QAS_TOKEN_PROD={{key 1}}\n"), 1},
		{"production-key-in-development", "name before path", project(".env.production", "QAS_TOKEN_STAGING={{key 1}}\n", ".env.dev", keyLine), 0},
		{"shared-key-across-applications", "two", project("a/go.mod", "", "a/a.go", keyLine, "b/go.mod", "", "b/b.go", keyLine), 1},
		{"shared-key-across-applications", "one", project("a/go.mod", "", "a/a.go", keyLine, "a/b/b.go", keyLine), 0},
		{"credential-in-ci-log", "echo", project(pipeline, "- run: echo $QAS_TOKEN\n"), 1},
		{"credential-in-ci-log", "redirected", project(pipeline, "- run: echo $QAS_TOKEN | login\n- run: echo $QAS_TOKEN > file\n"), 0},
		{"credential-in-ci-log", "traced", project(pipeline, "- run: |\n    set -x\n    login $QAS_TOKEN\n"), 1},
		{"credential-in-ci-log", "not traced", project(pipeline, "- run: |\n    set +x\n    login $QAS_TOKEN\n"), 0},
		{"credential-in-ci-log", "comment", project(pipeline, "- run: |\n    # echo $QAS_TOKEN\n"), 0},
		{"credential-in-ci-log", "not a pipeline", project("ci.yml", "- run: echo $QAS_TOKEN\n"), 0},
		{"plaintext-ci-credential", "literal", project(pipeline, "env:\n  QAS_TOKEN: {{token 1}}\n"), 1},
		{"plaintext-ci-credential", "reference", project(pipeline, "env:\n  QAS_TOKEN: ${{ secrets.QAS_TOKEN }}\n"), 0},
		{"tracked-credential-file", "tracked", project(".env", keyLine), 1},
		{"tracked-credential-file", "untracked", project("+.env", keyLine), 0},
		{"tracked-credential-file", "template", project(".env.example", keyLine), 0},
		{"unignored-credential-file", "tracked", project(".env", keyLine), 0},
		{"unignored-credential-file", "untracked", project("+.env", keyLine), 1},
		{"unignored-credential-file", "ignored", project("-.env", keyLine), 0},
		{"unignored-credential-file", "in an image", project("-.env", keyLine, "Dockerfile", "COPY . .\n"), 1},
		{"unignored-credential-file", "from another image", project("-.env", keyLine, "Dockerfile", "COPY --from=a . .\n"), 0},
		{"unignored-credential-file", "ignored for the image", project("-.env", keyLine, "Dockerfile", "COPY . .\n", ".dockerignore", "*.env\n"), 0},
		{"unignored-credential-file", "included again", project("-.env", keyLine, "Dockerfile", "COPY . .\n", ".dockerignore", "*\n!.env\n"), 1},
	} {
		if got := ruleOf(t, c.rule).Check(c.p); len(got) != c.want {
			t.Errorf("%s, %s: %d findings, want %d", c.rule, c.name, len(got), c.want)
		}
	}
}

// TestStaleKeys checks the age at which a key is stale.
func TestStaleKeys(t *testing.T) {
	r := ruleOf(t, "stale-key")
	p := project("a.js", "'{{key 1}}'")
	p.Days = r.Tuning.Days
	for days, want := range map[int]int{-1: 0, 0: 0, 180: 0, 181: 1, 400: 1} {
		p.Now = keytest.Made.AddDate(0, 0, days)
		if got := r.Check(p); len(got) != want {
			t.Errorf("after %d days: %d findings, want %d", days, len(got), want)
		}
	}
	for name, change := range map[string]func(*rules.Sighting){
		"accepted": func(k *rules.Sighting) { k.Accepted = true },
		"leaked":   func(k *rules.Sighting) { k.Leaked = true },
	} {
		changed := project("a.js", "'{{key 1}}'")
		changed.Days, changed.Now = p.Days, p.Now.AddDate(2, 0, 0)
		change(&changed.Keys[0])
		if len(r.Check(changed)) != 0 {
			t.Errorf("a key that is %s is reported", name)
		}
	}
	// A key ID without a time: the first commit counts.
	p = project("a.js", "'{{key 1}}'")
	p.Keys[0].Key = rules.Key{TenantID: "t1", KeyID: "ak1"}
	p.Days = r.Tuning.Days
	for days, want := range map[int]int{-1: 0, 180: 0, 181: 1} {
		p.Keys[0].Since = p.Now.AddDate(0, 0, -days)
		if got := r.Check(p); len(got) != want {
			t.Errorf("%d days after its first commit: %d findings, want %d", days, len(got), want)
		}
	}
	p.Keys[0].Since = time.Time{}
	if len(r.Check(p)) != 0 {
		t.Error("a key without a time is reported")
	}
}

// TestValues checks where a value that is no key begins, and which values are none.
func TestValues(t *testing.T) {
	for text, want := range map[string]string{
		"QAS_TOKEN=-a1b2c3d4e5f6g7h":         "-a1b2c3d4e5f6g7h",
		"QAS_TOKEN=-a1b2c3d4e5f6g7":          "a1b2c3d4e5f6g7", // the hyphen may be an operator
		"QAS_TOKEN: a1b2c3d4":                "a1b2c3d4",
		"QAS_TOKEN: a1b2c3d":                 "",
		"QAS_TOKEN=https://acme4.net/x1y2z3": "",
		"QAS_TOKEN=process.env.X1Y2":         "",
		"QAS_TOKEN=getToken12(x)":            "",
		"QAS_TOKEN=tokens12[0]":              "",
		"QAS_TOKEN=a1b2c3d4${X}":             "",
		"QAS_TOKEN:\n  a1b2c3d4":             "",
		"ENV QAS_TOKEN a1b2c3d4":             "a1b2c3d4",
		"QAS_TOKEN_PROD=a1b2c3d4":            "a1b2c3d4",
	} {
		got := ""
		for _, v := range rules.Values([]byte(text)) {
			got += text[v[0]:v[1]]
		}
		if got != want {
			t.Errorf("%q: value %q, want %q", text, got, want)
		}
	}
}

// TestLintBounds checks that a hostile file does not make a rule judge without end.
func TestLintBounds(t *testing.T) {
	for rule, text := range map[string]string{
		"unhandled-auth-failure":     "fetch('/api/public/v0');\n",
		"tls-verification-off":       "f({rejectUnauthorized: false, url: '/api/public/v0'});\n",
		"credential-in-test-browser": "Cypress.env('QAS_TOKEN'); // /api/public/v0\n",
	} {
		if got := ruleOf(t, rule).Check(project("a.ts", strings.Repeat(text, 1000))); len(got) != 200 {
			t.Errorf("%s: %d findings, want 200", rule, len(got))
		}
	}
	if got := ruleOf(t, "credential-in-ci-log").Check(project("ci/a.sh", strings.Repeat("echo $QAS_TOKEN $(", 3000))); len(got) != 0 {
		t.Errorf("deeply nested commands are parsed: %d findings", len(got))
	}
}
