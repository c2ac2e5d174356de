package site

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// server serves a site over TLS and keeps the requests it got.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

func start(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := new(server)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r)
		s.mu.Unlock()
		handler(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// host returns the address of the server.
func (s *server) host() string { return s.Listener.Addr().String() }

// paths returns what was requested.
func (s *server) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, r := range s.requests {
		all = append(all, r.URL.RequestURI())
	}
	return all
}

// files returns a handler that serves files by their paths. {{key 1}} and the like stand
// for keys, and SERVER for the host.
func files(all map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" || strings.HasSuffix(name, "/") {
			name += "index.html"
		}
		text, ok := all[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		types := map[string]string{".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json"}
		w.Header().Set("Content-Type", types[filepath.Ext(name)])
		_, _ = io.WriteString(w, keytest.Expand(strings.ReplaceAll(text, "SERVER", r.Host)))
	}
}

// newSite returns a site that trusts the certificate of a server and does not wait
// between requests.
func newSite(t *testing.T, s *server, o Options) *Site {
	t.Helper()
	if o.URL == "" {
		o.URL = s.URL
	}
	o.AllowHosts = append(o.AllowHosts, s.host())
	site, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	site.client.HTTP.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	site.client.HostInterval = 0
	t.Cleanup(site.client.HTTP.CloseIdleConnections)
	return site
}

// scan scans a site.
func scan(t *testing.T, site *Site) *scanner.Result {
	t.Helper()
	result, err := scanner.Scan(t.Context(), nil, scanner.Options{Served: site.Serve})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// scanFiles scans a site that serves files.
func scanFiles(t *testing.T, all map[string]string) (*server, *scanner.Result) {
	t.Helper()
	s := start(t, files(all))
	return s, scan(t, newSite(t, s, Options{}))
}

// TestReferences serves the archives of testdata. All their files are read, except those
// in directories called not-read.
func TestReferences(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(archives, err)
	}
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]string{}
			for _, f := range archive.Files {
				all[f.Name] = string(f.Data)
			}
			s, result := scanFiles(t, all)
			requested := map[string]bool{}
			for _, r := range s.requests {
				name := strings.TrimPrefix(r.URL.Path, "/")
				if name == "" || strings.HasSuffix(name, "/") {
					name += "index.html"
				}
				requested[name] = true
			}
			for name := range all {
				if !requested[name] {
					t.Errorf("%s is not read", name)
				}
			}
			for name := range requested {
				if strings.Contains(name, "not-read/") {
					t.Errorf("%s is read", name)
				}
			}
			if !result.Coverage.Complete() {
				t.Errorf("skipped %v", result.Coverage.Skipped)
			}
			if paths := s.paths(); len(paths) > 3*len(all)+5 || len(slices.Compact(slices.Sorted(slices.Values(paths)))) != len(paths) {
				t.Errorf("%d requests for %d files, some twice: %v", len(paths), len(all), paths)
			}
		})
	}
}
