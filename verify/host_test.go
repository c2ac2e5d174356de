package verify

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

func TestNew(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		host string // that is named; "" if the options are refused
	}{
		{Options{URLs: []string{"https://acme.eu1.qasphere.com"}}, "acme.eu1.qasphere.com"},
		{Options{URLs: []string{"https://acme.qasphere.com/"}}, "acme.qasphere.com"},
		{Options{URLs: []string{" https://ACME.EU1.qasphere.COM:443/api/public/v0/\n"}}, "acme.eu1.qasphere.com"},
		{Options{URLs: []string{"https://acme-2.us1.qasphere.com"}}, "acme-2.us1.qasphere.com"},
		{Options{URLs: []string{"https://qas.example.com"}, AllowHost: "qas.example.com"}, "qas.example.com"},
		{Options{URLs: []string{"https://qas.example.com:8443"}, AllowHost: "QAS.example.com:8443"}, "qas.example.com:8443"},
		{Options{URLs: []string{"https://10.0.0.5"}, AllowHost: "10.0.0.5:443"}, "10.0.0.5"},
		{Options{URLs: []string{"https://[::1]:8443"}, AllowHost: "[::1]:8443"}, "[::1]:8443"},
		{Options{URLs: []string{"https://[::1]"}, AllowHost: "[::1]"}, "[::1]:443"},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com:8443"}, AllowHost: "acme.eu1.qasphere.com:8443"}, "acme.eu1.qasphere.com:8443"},

		{Options{URLs: []string{"http://acme.eu1.qasphere.com"}}, ""},
		{Options{URLs: []string{"acme.eu1.qasphere.com"}}, ""},
		{Options{URLs: []string{"//acme.eu1.qasphere.com"}}, ""},
		{Options{URLs: []string{"https:acme.eu1.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://"}}, ""},
		{Options{URLs: []string{"https://user@acme.eu1.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com@evil.com"}}, ""},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com:8443"}}, ""},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com:"}}, "acme.eu1.qasphere.com"},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com/login"}}, ""},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com?x=1"}}, ""},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com#x"}}, ""},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com."}}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com.evil.com"}}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com%2eevil.com"}}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com。evil.com"}}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com\\.evil.com"}}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com\n.evil.com"}}, ""},
		{Options{URLs: []string{"https://acmé.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://xn--acm-epa.qasphere.com"}}, "xn--acm-epa.qasphere.com"},
		{Options{URLs: []string{"https://acme.qаsphere.com"}}, ""}, // with a Cyrillic а
		{Options{URLs: []string{"https://acme.notqasphere.com"}}, ""},
		{Options{URLs: []string{"https://qasphere.com"}}, ""},
		{Options{URLs: []string{"https://docs.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://docs.eu1.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://acme.login.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://a.b.c.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://-acme.qasphere.com"}}, ""},
		{Options{URLs: []string{"https://127.0.0.1"}}, ""},
		{Options{URLs: []string{"https://localhost:8443"}}, ""},
		{Options{URLs: []string{"https://qas.example.com"}, AllowHost: "qas.example.com:8443"}, ""},
		{Options{URLs: []string{"https://qas.example.com:8443"}, AllowHost: "qas.example.com"}, ""},
		{Options{URLs: []string{"https://qas.example.com"}, AllowHost: "*.example.com"}, ""},
		{Options{URLs: []string{"https://sub.example.com"}, AllowHost: "example.com"}, ""},
		{Options{AllowHost: "https://qas.example.com"}, ""},
		{Options{AllowHost: "qas.example.com/path"}, ""},
		{Options{AllowHost: "user@qas.example.com"}, ""},
		{Options{AllowHost: "qas.example.com:https"}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com"}, Proxy: "proxy.example.com:3128"}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com"}, Proxy: "socks5://proxy.example.com"}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com"}, Proxy: "http://user:pass@proxy.example.com"}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com"}, Proxy: "http://proxy.example.com/path"}, ""},
		{Options{URLs: []string{"https://acme.qasphere.com"}, Proxy: "http://proxy.example.com:3128/"}, "acme.qasphere.com"},
	} {
		tt.o.Source = "--url"
		v, err := New(tt.o)
		switch {
		case tt.host == "" && (err == nil || hint.Of(err) == ""):
			t.Errorf("%+v: got %v, want an error with a hint", tt.o, err)
		case tt.host != "" && err != nil:
			t.Errorf("%+v: %v", tt.o, err)
		case tt.host != "" && v.named[0].String() != tt.host:
			t.Errorf("%+v names %s, want %s", tt.o, v.named[0], tt.host)
		}
	}
}

// What is wrong with a URL is said without its text: keys are pasted into it.
func TestErrorsDoNotRepeatURLs(t *testing.T) {
	key := foreign(1)
	for _, o := range []Options{
		{URLs: []string{key}},
		{URLs: []string{"https://" + key}},
		{URLs: []string{"https://" + key + "@acme.qasphere.com"}},
		{URLs: []string{"https://acme.qasphere.com/" + key}},
		{URLs: []string{"https://acme.qasphere.com:" + key}},
		{URLs: []string{"%" + key}},
		{AllowHost: key + " "},
		{AllowHost: "x/" + key},
		{Proxy: key},
		{Proxy: "http://" + key + "@proxy.example.com"},
		{Proxy: "%" + key},
	} {
		o.Source = "--url"
		_, err := New(o)
		if err == nil || strings.Contains(err.Error()+hint.Of(err), keytest.Token(1)) {
			t.Errorf("got %v", err)
		}
	}
}

// Which hosts are asked: those that stand beside a key only with Discover, and of
// them only tenants'.
func TestWhoIsAsked(t *testing.T) {
	beside := []string{"docs.eu1.qasphere.com", "acme.eu1.qasphere.com", "evil.example.com", "globex.qasphere.com"}
	const named = "https://initech.eu1.qasphere.com"
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{}, ""},
		{Options{URLs: []string{named}}, "initech.eu1.qasphere.com"},
		{Options{Discover: true}, "acme.eu1.qasphere.com globex.qasphere.com"},
		{Options{URLs: []string{named}, Discover: true}, "initech.eu1.qasphere.com acme.eu1.qasphere.com globex.qasphere.com"},
		{Options{URLs: []string{"https://acme.eu1.qasphere.com"}, Discover: true}, "acme.eu1.qasphere.com globex.qasphere.com"},
		{Options{AllowHost: "evil.example.com", Discover: true}, "acme.eu1.qasphere.com globex.qasphere.com"},
	} {
		v, err := New(tt.o)
		if err != nil {
			t.Fatal(err)
		}
		f := finding(foreign(1), beside...)
		var got []string
		for _, h := range v.hosts(&f) {
			got = append(got, h.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: asks %q, want %q", tt.o, got, tt.want)
		}
	}
}

func TestUnverifiable(t *testing.T) {
	for want, f := range map[string]scanner.Finding{
		"found https://acme.eu1.qasphere.com next to the key: run again with --url https://acme.eu1.qasphere.com, or with --discover": finding(foreign(1), "www.qasphere.com", "acme.eu1.qasphere.com"),
		"no host given: name it with --url or QAS_URL": finding(foreign(1), "www.qasphere.com"),
	} {
		v, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := verifyOne(t, v, f)
		if got.State != scanner.Unverifiable || got.Reason != want || got.Host != "" || !got.CheckedAt.IsZero() {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
}

// The environment's proxies are not used.
func TestNoProxyUnlessGiven(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the proxy was asked for %s", r.Host) }))
	defer proxy.Close()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	s := start(t, http.NotFoundHandler(), "acme.eu1.qasphere.com")
	v := newVerifier(t, s, Options{URLs: []string{"https://acme.eu1.qasphere.com"}})
	v.atLoopback(s)
	verifyOne(t, v, finding(value(1)))
	if requests(s) == 0 {
		t.Error("the host was not asked")
	}
}

// A proxy that is given sees a name, and what is sent to it under TLS.
func TestProxy(t *testing.T) {
	s := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", asJSON)
		_, _ = io.WriteString(w, userOK)
	}), "acme.eu1.qasphere.com")
	var seen string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Method + " " + r.Host + " " + r.Header.Get("Authorization")
		to, err := net.Dial("tcp", s.Address)
		if err != nil {
			t.Error(err)
			return
		}
		from, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(to, from)
			to.Close()
		}()
		_, _ = io.Copy(from, to)
		from.Close()
	}))
	defer proxy.Close()
	v := newVerifier(t, s, Options{URLs: []string{"https://acme.eu1.qasphere.com"}, Proxy: proxy.URL})
	if got := verifyOne(t, v, finding(value(1))); got.State != scanner.Live {
		t.Errorf("got %s (%s)", got.State, got.Reason)
	}
	if seen != "CONNECT acme.eu1.qasphere.com:443 " || strings.Contains(s.Wire(), keytest.Token(1)) {
		t.Errorf("the proxy saw %q", seen)
	}
	v.client.guard.HTTP.CloseIdleConnections()
}
