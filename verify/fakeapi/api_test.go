package fakeapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// ask returns the status and the body of an answer.
func ask(api *fakeapi.API, method, path, authorization string) (int, string) {
	r := httptest.NewRequest(method, "https://acme.eu1.qasphere.com"+path, nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(body)
}

func TestAnswers(t *testing.T) {
	const me, good = "/api/public/v0/users/me", "t1.k1.secret"
	api := new(fakeapi.API)
	api.Host("acme.eu1.qasphere.com", &fakeapi.Tenant{ID: "t1"})
	api.Add(good, fakeapi.Key{User: "Ada", Email: "ada@example.com", Role: "user"})
	api.Add("t2.k1.secret", fakeapi.Key{})
	for _, tt := range []struct {
		method, path, authorization string
		status                      int
	}{
		{http.MethodGet, me, "Bearer " + good, 200},
		{http.MethodGet, me, "ApiKey " + good, 200},
		{http.MethodGet, me, "", 401},
		{http.MethodGet, me, "Basic " + good, 401},
		{http.MethodGet, me, "Bearer t1.k1", 401},
		{http.MethodGet, me, "Bearer t1.k1.wrong", 401},
		{http.MethodGet, me, "Bearer t2.k1.secret", 401},
		{http.MethodPost, me, "Bearer " + good, 404},
		{http.MethodGet, "/", "Bearer " + good, 404},
		{http.MethodGet, "/api/public/v0/audit-logs", "Bearer " + good, 403},
	} {
		if status, body := ask(api, tt.method, tt.path, tt.authorization); status != tt.status {
			t.Errorf("%s %s with %q: %d %s, want %d", tt.method, tt.path, tt.authorization, status, body, tt.status)
		}
	}
	api.Legacy = true
	if status, _ := ask(api, http.MethodGet, me, "Bearer "+good); status != 401 {
		t.Errorf("the older edition accepts Bearer: %d", status)
	}
	if status, _ := ask(api, http.MethodGet, me, "ApiKey "+good); status != 404 {
		t.Errorf("the older edition has /users/me: %d", status)
	}
}

// A key that is used too often is refused, with the documented message.
func TestRateLimit(t *testing.T) {
	api := new(fakeapi.API)
	api.Host("acme.eu1.qasphere.com", &fakeapi.Tenant{ID: "t1"})
	api.Add("t1.k1.secret", fakeapi.Key{})
	for range 10000 {
		status, body := ask(api, http.MethodGet, "/api/public/v0/project", "Bearer t1.k1.secret")
		if status == http.StatusTooManyRequests {
			if want := `{"message":"Too many requests, please try again later."}` + "\n"; body != want {
				t.Errorf("got %q, want %q", body, want)
			}
			return
		}
	}
	t.Error("10,000 requests were not too many")
}
