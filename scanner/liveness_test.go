package scanner_test

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

func scanText(t *testing.T, text string) []scanner.Finding {
	t.Helper()
	result, err := scanner.Scan(t.Context(), []string{"-"}, scanner.Options{Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return result.Findings
}

// The hosts near a key that are suggested are exactly the hosts of QA Sphere tenants.
func TestHostsNextToAKey(t *testing.T) {
	for text, want := range map[string]string{
		"https://acme.eu1.qasphere.com":                                           "acme.eu1.qasphere.com",
		"https://acme.qasphere.com/api/public/v0":                                 "acme.qasphere.com",
		"QAS_URL='https://acme-2.us1.qasphere.com'":                               "acme-2.us1.qasphere.com",
		`{"url":"https:\/\/acme.eu1.qasphere.com\/x"}`:                            "acme.eu1.qasphere.com",
		"see https://acme.eu1.qasphere.com.":                                      "acme.eu1.qasphere.com",
		"https://acme.eu1.qasphere.com: the host":                                 "acme.eu1.qasphere.com",
		"https://b.qasphere.com https://a.qasphere.com https://b.qasphere.com/":   "b.qasphere.com a.qasphere.com",
		"http://acme.eu1.qasphere.com":                                            "",
		"acme.eu1.qasphere.com":                                                   "",
		"https://qasphere.com https://.qasphere.com":                              "",
		"https://a.b.c.qasphere.com":                                              "",
		"https://-a.qasphere.com https://a-.qasphere.com https://a..qasphere.com": "",
		"https://" + strings.Repeat("a", 64) + ".qasphere.com":                    "",
		"https://acme.qasphere.com.evil.com":                                      "",
		"https://acme.qasphere.community":                                         "",
		"https://acme.qasphere.com-evil.com":                                      "",
		"https://acme.qasphere.com:8443/":                                         "",
		"https://acme.qasphere.com@evil.com/":                                     "",
		"https://evil.com@acme.qasphere.com/":                                     "",
		"https://acme.qasphere.com%2eevil.com":                                    "",
		"https://acme.qasphere.com。evil.com":                                      "",
		"https://acme.notqasphere.com":                                            "",
		"https://$TENANT.qasphere.com":                                            "",
		"https://acmé.qasphere.com":                                               "",
		"ftp://acme.qasphere.com":                                                 "",
	} {
		findings := scanText(t, text+"\n"+keytest.Key(1, keytest.Made)+"\n")
		if len(findings) != 1 {
			t.Fatalf("%q: %d findings", text, len(findings))
		}
		if got := strings.Join(findings[0].Hosts, " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestHostsAreNear(t *testing.T) {
	const url = "https://acme.eu1.qasphere.com\n"
	key := keytest.Key(1, keytest.Made)
	for name, text := range map[string]string{
		"far away":          strings.Repeat(".\n", rules.Reach) + key,
		"just out of reach": strings.Repeat("x ", rules.Reach/2) + key,
	} {
		if hosts := scanText(t, url+text)[0].Hosts; len(hosts) != 0 {
			t.Errorf("%s: got %q", name, hosts)
		}
	}
	for name, text := range map[string]string{
		"base64":                 url + base64.StdEncoding.EncodeToString([]byte(key)),
		"base64, URL inside":     base64.StdEncoding.EncodeToString([]byte(url + key)),
		"hex, URL inside":        hex.EncodeToString([]byte(url + key)),
		"after it":               key + "\n" + url,
		"next to the second one": key + strings.Repeat("\n", 3*rules.Reach) + url + key,
	} {
		findings := scanText(t, text)
		if len(findings) != 1 || !slices.Equal(findings[0].Hosts, []string{"acme.eu1.qasphere.com"}) {
			t.Errorf("%s: got %+v", name, findings)
		}
	}
}

func TestHostsInHistory(t *testing.T) {
	repo := gittest.New(t)
	repo.Write(".env", "QAS_URL=https://acme.eu1.qasphere.com\nQAS_TOKEN="+keytest.Key(1, keytest.Made)+"\n")
	repo.Commit("Add settings")
	repo.Write(".env", "nothing\n")
	repo.Commit("Remove them")
	result, err := scanner.Scan(t.Context(), []string{repo.Dir}, scanner.Options{Now: keytest.Made})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 1 || !slices.Equal(result.Findings[0].Hosts, []string{"acme.eu1.qasphere.com"}) {
		t.Errorf("got %+v", result.Findings)
	}
}

// A finding of a key ID with two tokens keeps both and masks both.
func TestSecretsOfAKey(t *testing.T) {
	made := keytest.Made
	first := keytest.Key(1, made)
	second := strings.TrimSuffix(first, keytest.Token(1)) + keytest.Token(2)
	findings := scanText(t, first+"\n"+second+"\n"+first+"\n")
	if len(findings) != 1 || len(findings[0].Secrets) != 2 {
		t.Fatalf("got %d findings", len(findings))
	}
	text := "echo " + base64.StdEncoding.EncodeToString([]byte(first)) + " and " + keytest.Token(2)
	if got := findings[0].Redact(text); strings.Contains(got, keytest.Token(2)) || strings.Count(got, redact.Mask) != 2 {
		t.Errorf("got %q", got)
	}
}
