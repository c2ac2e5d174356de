package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
)

func TestParseHost(t *testing.T) {
	longest := strings.Repeat("a", 63)
	for name, want := range map[string]rules.Host{
		"acme.qasphere.com":                         {Tenant: "acme"},
		"acme.eu1.qasphere.com":                     {Tenant: "acme", Region: "eu1"},
		"ACME.EU1.QASphere.COM":                     {Tenant: "acme", Region: "eu1"},
		"a.b.qasphere.com":                          {Tenant: "a", Region: "b"},
		"3-d.us1.qasphere.com":                      {Tenant: "3-d", Region: "us1"},
		"xn--acm-epa.qasphere.com":                  {Tenant: "xn--acm-epa"},
		"docs.eu1.qasphere.com":                     {Tenant: "docs", Region: "eu1"},
		longest + "." + longest + ".qasphere.com":   {Tenant: longest, Region: longest},
		longest + "a.qasphere.com":                  {},
		"acme." + longest + "a.qasphere.com":        {},
		"":                                          {},
		"qasphere.com":                              {},
		".qasphere.com":                             {},
		"acme..qasphere.com":                        {},
		".acme.qasphere.com":                        {},
		"a.b.c.qasphere.com":                        {},
		"-acme.qasphere.com":                        {},
		"acme-.qasphere.com":                        {},
		"acme.-eu1.qasphere.com":                    {},
		"acme.eu1-.qasphere.com":                    {},
		"ac_me.qasphere.com":                        {},
		"ac me.qasphere.com":                        {},
		"acmé.qasphere.com":                         {},
		"ac\u212ae.qasphere.com":                    {}, // with a Kelvin sign, whose lower case is k
		"acme.qa\u017fphere.com":                    {}, // with a long s, whose upper case is S
		"acme.notqasphere.com":                      {},
		"acme.qasphere.com.":                        {},
		"acme.qasphere.com.evil.com":                {},
		"https://acme.qasphere.com":                 {},
		"acme.qasphere.com:443":                     {},
		"acme.eu1.qasphere.com\n.qasphere.com":      {},
		"acme.qasphere.comacme.eu1.qasphere.com.uk": {},
	} {
		got, ok := rules.ParseHost(name)
		if got != want || ok != (want != rules.Host{}) {
			t.Errorf("ParseHost(%q) = %+v, %t, want %+v", name, got, ok, want)
		}
		if ok && got.String() != strings.ToLower(name) {
			t.Errorf("ParseHost(%q) is written %s", name, got)
		}
	}
}

func TestReservedHosts(t *testing.T) {
	for name, want := range map[string]bool{
		"acme.qasphere.com":       false,
		"acme.eu1.qasphere.com":   false,
		"docs1.eu1.qasphere.com":  false,
		"docs.qasphere.com":       true,
		"docs.eu1.qasphere.com":   true,
		"acme.login.qasphere.com": true,
		"WWW.qasphere.com":        true,
		"account.qasphere.com":    true, // the first of the list
		"acme.id.qasphere.com":    true,
	} {
		host, ok := rules.ParseHost(name)
		if !ok || host.Reserved() != want {
			t.Errorf("%s is reserved: %t, want %t", name, host.Reserved(), want)
		}
	}
}

func TestHostsIn(t *testing.T) {
	longest := strings.Repeat("a", 63)
	for text, want := range map[string]string{
		"https://acme.eu1.qasphere.com":                                           "acme.eu1.qasphere.com",
		"https://acme.qasphere.com/api/public/v0":                                 "acme.qasphere.com",
		"QAS_URL='https://acme-2.us1.qasphere.com'":                               "acme-2.us1.qasphere.com",
		`{"url":"https:\/\/acme.eu1.qasphere.com\/x"}`:                            "acme.eu1.qasphere.com",
		"see https://acme.eu1.qasphere.com.":                                      "acme.eu1.qasphere.com",
		"see https://acme.eu1.qasphere.com. It":                                   "acme.eu1.qasphere.com",
		"https://acme.eu1.qasphere.com: the host":                                 "acme.eu1.qasphere.com",
		"https://acme.eu1.qasphere.com:":                                          "acme.eu1.qasphere.com",
		"https://acme.eu1.qasphere.com\r\n":                                       "acme.eu1.qasphere.com",
		"https://docs.qasphere.com":                                               "docs.qasphere.com",
		"https://b.qasphere.com https://a.qasphere.com https://b.qasphere.com/":   "b.qasphere.com a.qasphere.com",
		"https://" + longest + "." + longest + ".qasphere.com":                    longest + "." + longest + ".qasphere.com",
		"https://" + longest + "a.qasphere.com":                                   "",
		"https://a" + longest + "." + longest + ".qasphere.com":                   "",
		"http://acme.eu1.qasphere.com":                                            "",
		"acme.eu1.qasphere.com":                                                   "",
		"https://qasphere.com https://.qasphere.com":                              "",
		"https://a.b.c.qasphere.com":                                              "",
		"https://-a.qasphere.com https://a-.qasphere.com https://a..qasphere.com": "",
		"https://acme.qasphere.com.evil.com":                                      "",
		"https://acme.qasphere.com..evil.com":                                     "",
		"https://acme.qasphere.com.。evil.com":                                     "",
		"https://acme.qasphere.community":                                         "",
		"https://acme.qasphere.com-evil.com":                                      "",
		"https://acme.qasphere.com_evil.com":                                      "",
		"https://acme.qasphere.com:8443/":                                         "",
		"https://acme.qasphere.com:pass@evil.com/":                                "",
		"https://acme.qasphere.com@evil.com/":                                     "",
		"https://evil.com@acme.qasphere.com/":                                     "",
		"https://acme.qasphere.com%2eevil.com":                                    "",
		"https://acme.qasphere.com。evil.com":                                      "",
		"https://acme.notqasphere.com":                                            "",
		"https://$TENANT.qasphere.com":                                            "",
		"https://acmé.qasphere.com":                                               "",
		"https://ACME.qasphere.com":                                               "",
		"ftp://acme.qasphere.com":                                                 "",
	} {
		if got := rules.HostsIn([]byte(text)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
