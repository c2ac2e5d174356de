package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// occurrences returns where keys were found, as "path:line:column original".
func occurrences(s *server, result *scanner.Result) []string {
	var all []string
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s:%d:%d %s", strings.TrimPrefix(o.Path, s.URL), o.Line, o.Column, o.Original)))
		}
	}
	slices.Sort(all)
	return all
}

// skipped returns what was not read, as "path: reason".
func skipped(s *server, result *scanner.Result) []string {
	var all []string
	for _, skip := range result.Coverage.Skipped {
		all = append(all, fmt.Sprintf("%s %s: %s", skip.Kind, strings.TrimPrefix(skip.Path, s.URL), skip.Reason))
	}
	return all
}

// Keys are found wherever they are, as keys in client-side code, with their position in
// the source code if there is a source map.
func TestFindings(t *testing.T) {
	const mapped = `{"version":3,"sourceRoot":"src","sources":["a.js","webpack://app/./src/b.js?1234"],"sourcesContent":["","// first\n\n// \"é\" = \u0022 '{{key 3}}'"],"mappings":"AAAA;AACA,IAAI,KCEA"}`
	s, result := scanFiles(t, map[string]string{
		"index.html":  `<html><script src="app.js?v=secret&x"></script><script src=plain.js></script><script id="__NEXT_DATA__" type="application/json">{"token": "{{key 1}}"}</script>`,
		"app.js":      "/* ü */\nlet 𝔘='1234567','{{key 2}}'\n//# sourceMappingURL=app.js.map?token=x\n",
		"app.js.map":  mapped,
		"plain.js":    "x('{{key 4}}')\n//# sourceMappingURL=data:application/json;base64," + base64.StdEncoding.EncodeToString([]byte(`{"version":3,"sources":["turbopack:///[project]/lib/p.ts"],"mappings":"AAAA"}`)),
		"not-here.js": "{{key 9}}",
	})
	want := []string{
		"/:1:140",
		"/app.js.map?token:1:137 app/src/b.js:3:13",
		"/app.js?v:2:19 app/src/b.js:4:5",
		"/plain.js:1:4 lib/p.ts:1:1",
	}
	if got := occurrences(s, result); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, f := range result.Findings {
		if f.Rule.ID != rules.ClientEmbeddedID || !f.Exposure.Client || f.Severity != rules.Error {
			t.Errorf("%s is found as %s", f.Occurrences[0].Path, f.Rule.ID)
		}
	}
	if len(result.Coverage.Skipped) > 0 || len(result.Coverage.Notes) > 0 {
		t.Errorf("skipped %v, notes %q", result.Coverage.Skipped, result.Coverage.Notes)
	}
}

// A source map that only a header names is read.
func TestSourceMapHeader(t *testing.T) {
	for _, header := range []string{"SourceMap", "X-SourceMap"} {
		s := start(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/app.js" {
				w.Header().Set(header, "/maps/app.json")
			}
			files(map[string]string{
				"index.html": "<html><script src=app.js></script>", "app.js": "1", "maps/app.json": `{"sources":["a"],"sourcesContent":["{{key 1}}"]}`,
			})(w, r)
		})
		if got := occurrences(s, scan(t, newSite(t, s, Options{}))); !slices.Equal(got, []string{"/maps/app.json:1:37 a:1:1"}) {
			t.Errorf("%s: got %q", header, got)
		}
	}
}

// A server may answer with its page, or a redirect to it, for any path. That is no failure
// for a file that only may exist, and the page counts once.
func TestFallback(t *testing.T) {
	body := `<html><script src=/app.js></script>` + keytest.Key(1, keytest.Made)
	for name, fallback := range map[string]http.HandlerFunc{
		"page":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) },
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
	} {
		s := start(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/", "/index.html", "/other.html":
				_, _ = io.WriteString(w, body)
			case "/app.js":
				_, _ = io.WriteString(w, "load('lazy.js'); precache('index.html', 'other.html')\n//# sourceMappingURL=app.js.map")
			case "/robots.txt":
				http.NotFound(w, r)
			default:
				fallback(w, r)
			}
		})
		result := scan(t, newSite(t, s, Options{}))
		got, paths := occurrences(s, result), s.paths()
		if slices.Contains(paths, "/login") || !slices.Contains(paths, "/app.js.map") || !slices.Contains(paths, "/lazy.js") {
			t.Errorf("requests %v", paths)
		}
		if len(got) != 1 || !result.Coverage.Complete() {
			t.Errorf("%s: found %v, skipped %q", name, got, skipped(s, result))
		}
	}
}

// Files that must not be served are asked for. A page that is served for any path is not
// one of them.
func TestExposed(t *testing.T) {
	const head, config = "ref: refs/heads/main\n", "[core]\n\tbare = false\n"
	for name, tt := range map[string]struct {
		files    map[string]string
		complete bool
		note     string
		found    int
	}{
		"nothing":      {map[string]string{}, true, "", 0},
		"a page":       {map[string]string{".env": "<!doctype html>A=1", ".git/HEAD": "<html>", ".git/config": "<html>[core]"}, true, "", 0},
		"a text":       {map[string]string{".env": "Not found", ".git/HEAD": "not found", ".git/config": "ok"}, true, "", 0},
		"a fragment":   {map[string]string{".env": "<div>\nA=1\n</div>"}, true, "", 0},
		"JSON":         {map[string]string{".env": `{"a":"x=1"}`}, true, "", 0},
		"environment":  {map[string]string{".env": "# old\nexport QAS_TOKEN={{key 1}}\n"}, true, "/.env is served to anyone", 1},
		"a repository": {map[string]string{".git/HEAD": head, ".git/config": config}, false, "", 0},
		"a commit":     {map[string]string{".git/HEAD": strings.Repeat("0a", 20) + "\n"}, false, "", 0},
		"only config":  {map[string]string{".git/config": config + "[remote \"origin\"]\nurl = https://x:{{key 1}}@example.com/x\n"}, false, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			tt.files["index.html"] = "<html>"
			s, result := scanFiles(t, tt.files)
			notes := strings.Join(result.Coverage.Notes, "\n")
			if result.Coverage.Complete() != tt.complete || (notes != "") != (tt.note != "") || !strings.Contains(notes, tt.note) || len(result.Findings) != tt.found {
				t.Errorf("skipped %q, notes %q, %d findings", skipped(s, result), notes, len(result.Findings))
			}
			if !tt.complete && !strings.Contains(strings.Join(skipped(s, result), "\n"), "failed /.git/: the git repository is served to anyone") {
				t.Errorf("skipped %q", skipped(s, result))
			}
		})
	}
}

// Servers that are broken or hostile: each is named, and makes the scan incomplete.
func TestBadServers(t *testing.T) {
	pageOf := func(body string, rest http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/":
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "<html>"+body)
			case "/robots.txt", "/.env", "/.git/HEAD", "/.git/config":
				http.NotFound(w, r)
			default:
				rest(w, r)
			}
		}
	}
	one := `<script src="/a.js"></script>`
	endless := func(w http.ResponseWriter, r *http.Request) {
		piece := bytes.Repeat([]byte("x"), 1<<20)
		for r.Context().Err() == nil {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}
	hang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "var a")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}
	zipped := func(size int) http.HandlerFunc {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(bytes.Repeat([]byte("0"), size))
		z.Close()
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(b.Bytes())
		}
	}
	typed := func(mediaType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			_, _ = io.WriteString(w, body)
		}
	}
	to := func(target string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) }
	}
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "<script src=/%d.js></script>", i)
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string // of what was not read
	}{
		{"endless", pageOf(one, endless), "failed /a.js: its answer was larger than 64 MiB"},
		{"endless everywhere", endless, "failed /: robots.txt could not be read: its answer was larger than 64 MiB"},
		{"slow", pageOf(one, hang), "failed /a.js: it did not answer in time"},
		{"gzip bomb", pageOf(one, zipped(maxBody+1)), "failed /a.js: its answer was larger than 64 MiB"},
		{"not compressed", pageOf(one, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "x")
		}), "failed /a.js: is not compressed as it says"},
		{"cut off", pageOf(one, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
		}), "failed /a.js: its compressed content is damaged"},
		{"brotli", pageOf(one, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "br") }), "failed /a.js: is compressed in a way"},
		{"a loop", pageOf(one, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, map[string]string{"/a.js": "/b.js", "/b.js": "/a.js"}[r.URL.Path], http.StatusFound)
		}), "failed /b.js: redirects in a loop"},
		{"a loop of one", pageOf(one, to("/a.js")), "failed /a.js: redirects in a loop"},
		{"always elsewhere", pageOf(one, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }), "failed /a.jsxxxxxxxxx: redirects more than 10 times"},
		{"to another host", pageOf(one, to("https://other.example.com/x?token=1")), "failed /a.js: redirects to https://other.example.com, which may not be asked; --also other.example.com permits it"},
		{"to HTTP", pageOf(one, to("ftp://other.example.com/")), "failed /a.js: redirects to what is not an https URL"},
		{"a page for everything", pageOf(one, typed("text/html", "<!doctype html><html>")), "failed /a.js: is an HTML page, not a script"},
		{"an image", pageOf(one, typed("image/png", "x")), "failed /a.js: has the type image/png: it is not a script"},
		{"status 500", pageOf(one, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), "failed /a.js: answered with status 500"},
		{"status 401", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }, "failed /: answered with status 401"},
		{"not found", http.NotFound, "failed /: not found"},
		{"not found script", pageOf(one, http.NotFound), "policy /a.js: not found"},
		{"status 101", pageOf(one, raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")), "failed /a.js: it switched to another protocol (101)"},
		{"no HTTP", pageOf(one, raw("220 ESMTP\r\n")), "failed /a.js: the connection failed"},
		{"10,000 scripts", pageOf(many.String(), typed("text/javascript", "1")), "failed /: reading stopped at the limit of 300 requests; "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, tt.handler)
			site := newSite(t, s, Options{})
			site.limits.requests = 300
			if tt.name == "slow" {
				site.client.Timeout = 2 * time.Second
			}
			result := scan(t, site)
			if got := skipped(s, result); !slices.ContainsFunc(got, func(skip string) bool { return strings.HasPrefix(skip, tt.want) }) {
				t.Errorf("skipped %q, want %q", got, tt.want)
			}
			if strings.HasPrefix(tt.want, "failed") == result.Coverage.Complete() {
				t.Errorf("complete: %v", result.Coverage.Complete())
			}
			if n := len(s.paths()); n > 300 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// The limits of size and time end a run.
func TestLimits(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case r.URL.Path == "/slow.js":
			<-r.Context().Done()
		default:
			fmt.Fprintf(w, `<html><script src="%sx.js"></script><script src="%[1]sy.js"></script>%s`, r.URL.Path, strings.Repeat(" ", 1<<10))
		}
	})
	for want, tt := range map[string]limits{
		"the limit of 3 requests": {3, maxBytes, maxTime},
		"the limit of 0 MB":       {100, 1 << 10, maxTime},
		"the limit of 200ms":      {100, maxBytes, 200 * time.Millisecond},
	} {
		site := newSite(t, s, Options{URL: s.URL + "/"})
		if strings.Contains(want, "ms") {
			site.start.Path = "/slow.js"
		}
		site.limits = tt
		result := scan(t, site)
		if got := strings.Join(skipped(s, result), "\n"); !strings.Contains(got, "reading stopped at "+want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// An interrupt ends a run with its error.
func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := start(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := scanner.Scan(ctx, nil, scanner.Options{Served: newSite(t, s, Options{}).Serve})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Only the hosts that the user named are asked.
func TestHosts(t *testing.T) {
	cdn := start(t, files(map[string]string{"lib.js": "'{{key 1}}'"}))
	s := start(t, files(map[string]string{
		"index.html": `<html><script src="` + cdn.URL + `/lib.js"></script><script src="https://b.example.com/x.js"></script>
			<script src="https://b.example.com/y.js"></script><script>import("https://c.example.com/m.js?a=b"); x("https://d.example.com/only-a-text.js")</script>`,
	}))
	result := scan(t, newSite(t, s, Options{}))
	want := "files on other hosts were not read: " + cdn.host() + ", b.example.com, c.example.com; --also HOST reads them"
	if len(cdn.paths()) > 0 || !slices.Contains(result.Coverage.Notes, want) || !result.Coverage.Complete() {
		t.Errorf("asked for %v, notes %q, want %q", cdn.paths(), result.Coverage.Notes, want)
	}
	both := newSite(t, s, Options{Also: []string{cdn.host()}, AllowHosts: []string{cdn.host()}})
	result = scan(t, both)
	if got := occurrences(s, result); !slices.Equal(got, []string{cdn.URL + "/lib.js:1:2"}) {
		t.Errorf("found %v", got)
	}
	// Without --allow-host, a private address gets no request.
	cdn.requests = nil
	result = scan(t, newSite(t, s, Options{Also: []string{cdn.host()}}))
	if got := strings.Join(skipped(s, result), "\n"); !strings.Contains(got, "its address is not public; --allow-host permits it") || len(cdn.paths()) > 0 {
		t.Errorf("skipped %q, asked for %v", got, cdn.paths())
	}
}

// Headers go only to the origin of the URL, and their values are not shown, even if the
// site sends them back.
func TestHeaders(t *testing.T) {
	cdn := start(t, files(map[string]string{"lib.js": "1"}))
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			fmt.Fprintf(w, "<html><script src=%s/lib.js></script><script src='/%[2]s/x.js'></script>\n%[2]s '%s'", cdn.URL, r.Header.Get("X-Preview"), keytest.Key(1, keytest.Made))
		}
		if strings.HasSuffix(r.URL.Path, "x.js") {
			w.WriteHeader(500)
		}
	})
	environment := map[string]string{"PREVIEW": "Bearer let-me-in-123"}
	result := scan(t, newSite(t, s, Options{
		Also: []string{cdn.host()}, AllowHosts: []string{cdn.host()},
		Headers: []string{"x-preview=PREVIEW"}, Getenv: func(name string) string { return environment[name] },
	}))
	for _, r := range append(s.requests, cdn.requests...) {
		if got := r.Header.Get("X-Preview"); (got == environment["PREVIEW"]) != (r.Host == s.host()) {
			t.Errorf("%s was sent %q", r.Host, got)
		}
		if len(r.Cookies()) > 0 || r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
	}
	if text := fmt.Sprint(result.Findings, result.Coverage); strings.Contains(text, "let-me-in") || len(result.Findings) != 1 || len(cdn.requests) == 0 {
		t.Errorf("%d findings, %d requests to the other host: %s", len(result.Findings), len(cdn.requests), text)
	}
}

// robots.txt is respected, unless the user says otherwise.
func TestRobots(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		robots string
		ignore bool
		read   bool // /a.js
		start  bool
	}{
		"none":             {404, "", false, true, true},
		"forbidden":        {403, "", false, true, true},
		"server error":     {500, "", false, false, false},
		"a page":           {200, "<!doctype html>\nUser-agent: *\nDisallow: /", false, true, true},
		"a file":           {200, "User-agent: *\nDisallow: /a.js", false, false, true},
		"ignored":          {200, "User-agent: *\nDisallow: /", true, true, true},
		"everything":       {200, "User-agent: *\nDisallow: /", false, false, false},
		"another crawler":  {200, "User-agent: other\nDisallow: /", false, true, true},
		"only qasleaks":    {200, "User-agent: *\nDisallow: /\n\nUser-Agent: other\nUSER-AGENT: QASleaks # us\nDisallow:\n", false, true, true},
		"for qasleaks":     {200, "User-agent: qasleaks\nDisallow: /*.js$", false, false, true},
		"the longest":      {200, "User-agent: *\nDisallow: /a\nAllow: /a.j", false, true, true},
		"the same length":  {200, "User-agent: *\nDisallow: /a\nAllow: /a", false, true, true},
		"allowed first":    {200, "User-agent: *\nAllow: /a\nDisallow: /a", false, true, true},
		"other groups":     {200, "User-agent: *\nDisallow: /b\nUser-agent: other\nDisallow: /a", false, true, true},
		"groups are added": {200, "User-agent: *\nDisallow: /b\nUser-agent: *\r\nDisallow: /a", false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					w.WriteHeader(tt.status)
					_, _ = io.WriteString(w, tt.robots)
					return
				}
				files(map[string]string{"index.html": "<html><script src=a.js></script>", "a.js": "1"})(w, r)
			})
			result := scan(t, newSite(t, s, Options{IgnoreRobots: tt.ignore}))
			paths := s.paths()
			if slices.Contains(paths, "/a.js") != tt.read || slices.Contains(paths, "/") != tt.start {
				t.Errorf("read %v", paths)
			}
			if result.Coverage.Complete() != tt.start {
				t.Errorf("skipped %q", skipped(s, result))
			}
			if noted := len(result.Coverage.Notes) > 0; noted != (!tt.read && tt.status == 200) {
				t.Errorf("notes %q", result.Coverage.Notes)
			}
			if slices.Contains(paths, "/robots.txt") == tt.ignore {
				t.Errorf("requests %v", paths)
			}
		})
	}
}

// Wrong options are refused before anything is sent. No error has a value.
func TestOptions(t *testing.T) {
	environment := map[string]string{"GOOD": "x", "BAD": "a\r\nb"}
	for want, o := range map[string]Options{
		"is not a URL":                  {URL: "app.example.com"},
		"is not an https URL":           {URL: "http://app.example.com"},
		"has a user or a password":      {URL: "https://user:hunter2@app.example.com"},
		"--also is not a HOST":          {URL: "https://a.example", Also: []string{"https://b.example"}},
		"--allow-host is not a HOST":    {URL: "https://a.example", AllowHosts: []string{"a/b"}},
		"this host is not read":         {URL: "https://a.example", AllowHosts: []string{"b.example"}},
		"--header is not NAME=VARIABLE": {URL: "https://a.example", Headers: []string{"Authorization: Bearer hunter2"}},
		"variable NONE is empty":        {URL: "https://a.example", Headers: []string{"A=NONE"}},
		"variable BAD is empty, or has": {URL: "https://a.example", Headers: []string{"A=BAD"}},
		"--header cannot set Host":      {URL: "https://a.example", Headers: []string{"host=GOOD"}},
		"-":                             {URL: "https://a.example:8443", Also: []string{"b.example"}, AllowHosts: []string{"A.example:8443", "b.example:443"}, Headers: []string{"x-y=GOOD"}},
	} {
		o.Getenv = func(name string) string { return environment[name] }
		_, err := New(o)
		if want == "-" {
			if err != nil {
				t.Error(err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
