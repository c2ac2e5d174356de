package rules_test

import (
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// TestNamesOfKeys checks which names say that a key without structure is one.
func TestNamesOfKeys(t *testing.T) {
	r := ruleOf(t, "qas-assigned-key")
	value := keytest.Expand("{{plain 1}}")
	for name, want := range map[string]bool{
		"QAS_TOKEN": true, "QAS_TOKEN2": true, "qasToken": true, "QASToken": true, "qas-api-key": true, "qasphere.api.key": true,
		"QASPHERE_APIKEY": true, "qasphereapikey": true, "qastoken": true, "QAS_ACCESSTOKEN": true, "QAS_AUTH": true, "QAS_PASS": true,
		"QAS_API_KEYS": true, "KONG_QAS_TOKEN": true, "VITE_QAS_TOKEN": true, "QAS_TOKEN_PROD": true,
		"qas_bearertoken": true, "qas.token": true, "config.qas.api.key": true, "FinalTitleQASKey": true, "QAS_SECRET": true, "qasCredentials": true,

		"HAS_QAS_TOKEN": false, "QAS_KEY_NAME": false, "QAS_TOKEN_HINT": false, "QAS_TOKEN_POLICY": false, "QAS_AUTH_SERVICE": false,
		"QAS_KEY_IDS": false, "qas.db.password": false, "qas.system.key": false, "qaSecretKey": false, "myQaskey2x": false,
		"QAS_URL": false, "QAS_AUTH_HOST": false, "QAS_KEY_VERSION": false, "QAS_TOKEN_FILE": false, "qasTokenPath": false,
		"QAS_TOKEN_URL": false, "QAS_AUTH_SERVER": false, "QAS_MONKEY": false, "qasAuthor": false, "QAS_TOKENIZER": false, "QAS": false,
	} {
		text := name + "=" + value
		m, got := r.Find([]byte(text), strings.Index(strings.ToLower(name), "qas"))
		if got != want || got && text[m.Start:m.End] != value {
			t.Errorf("%s: a key is found: %t, want %t", name, got, want)
		}
	}
}

// TestCredentialNames checks which names are enough for a value to be a credential.
func TestCredentialNames(t *testing.T) {
	for name, want := range map[string]bool{
		"QAS_TOKEN": true, "QAS_TOKEN2": true, "qasToken": true, "QASToken": true, "QASPHERE_API_KEY": true, "qasphereapikey": true,
		"qastoken": true, "QAS_PASS": true, "QAS_TEST_PASSWORD": true, "QASPHERE_AUTH_PASSWORD": true, "QAS_ACCESSTOKEN": true,
		"CI_QAS_TOKEN": true, "PROD_QAS_TOKEN": true, "MY_OLD_QAS_TOKEN": true, "MYAPP_QASPHERE_TOKEN": true,
		"QAS_TOKEN_PROD": true,

		"KONG_QAS_TOKEN": false, "VITE_QAS_TOKEN": false, "HAS_QAS_TOKEN": false, "requireQasToken": false, "HAS_QASPHERE_TOKEN": false,
		"requireQasphereKey": false, "QAS_URL": false,
		"QAS_TOKEN_NAME": false, "QAS_KEY_ID": false, "QAS_TOKEN_URL": false, "QAS_AUTH_SERVER": false, "QAS_TOKENIZER": false,
		"QAS_MONKEY": false, "QASPHERES_TOKEN": false, "QASX_TOKEN": false, "QAS": false,
	} {
		got := len(rules.Values([]byte(name+"="+keytest.Token(1)+"\n"))) == 1
		if got != want {
			t.Errorf("%s: its value is a credential: %t, want %t", name, got, want)
		}
	}
}
