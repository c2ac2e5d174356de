// Command siteserver helps scripts/e2e-site.sh.
//
//	siteserver keys N               print N synthetic keys
//	siteserver serve DIRECTORY CA   serve a directory over TLS on a loopback address
//
// It writes its certificate to the file CA, prints its URL, and then a line for each
// request: the first word of User-Agent, and the path. It ends with its standard input.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "siteserver:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "keys":
		n, err := strconv.ParseUint(args[1], 10, 8)
		if err != nil {
			return err
		}
		for i := range n {
			fmt.Println(keytest.Key(i+1, keytest.Made))
		}
		return nil
	case len(args) == 3 && args[0] == "serve":
		return serve(args[1], args[2])
	}
	return fmt.Errorf("usage: siteserver keys N, or siteserver serve DIRECTORY CA")
}

func serve(dir, ca string) error {
	files := http.FileServer(http.Dir(dir))
	var mu sync.Mutex
	server, err := fakeapi.Start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent, _, _ := strings.Cut(r.UserAgent(), " ")
		mu.Lock()
		fmt.Println(agent, r.URL.EscapedPath())
		mu.Unlock()
		nameSourceMap(w, dir, r.URL.Path)
		files.ServeHTTP(w, r)
	}))
	if err != nil {
		return err
	}
	defer server.Close()
	if err := os.WriteFile(ca, server.CA, 0o644); err != nil {
		return err
	}
	fmt.Println("https://" + server.Address)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// nameSourceMap names the source map of a script in a header, if there is one and the
// script does not name it.
func nameSourceMap(w http.ResponseWriter, dir, path string) {
	name := filepath.Join(dir, filepath.FromSlash(path))
	text, err := os.ReadFile(name)
	if _, missing := os.Stat(name + ".map"); err == nil && missing == nil && !bytes.Contains(text, []byte("sourceMappingURL=")) {
		w.Header().Set("SourceMap", filepath.Base(path)+".map")
	}
}
