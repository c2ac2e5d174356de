package e2e

import (
	"net/http"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// serve serves the files of a directory, and has qasleaks trust the certificate.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve DIRECTORY")
	}
	server, err := fakeapi.Start(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Check(err)
	ts.Defer(server.Close)
	ca := ts.MkAbs("ca.pem")
	ts.Check(os.WriteFile(ca, server.CA, 0o644))
	ts.Setenv("SSL_CERT_FILE", ca)
	ts.Setenv("SITE", "https://"+server.Address)
	ts.Setenv("SITE_HOST", server.Address)
}
