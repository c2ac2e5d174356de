package rewrite_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

func wide(s string) string {
	return strings.Join(strings.Split(s, ""), "\x00") + "\x00"
}

func TestText(t *testing.T) {
	r := rewrite.New()
	std := base64.StdEncoding.EncodeToString
	stars := strings.Repeat("*", len(keytest.Expand("{{token 1}}")))
	for name, c := range map[string]struct{ text, want string }{
		"plain":              {"key {{key 1}}\n", "key {{tenant 1}}.{{id 1}}.****\n"},
		"two keys":           {"{{key 1}} {{key 2}}", "{{tenant 1}}.{{id 1}}.**** {{tenant 2}}.{{id 2}}.****"},
		"adjacent keys":      {"{{key 1}}.{{key 2}}", "{{tenant 1}}.{{id 1}}.****.{{tenant 2}}.{{id 2}}.****"},
		"no key":             {"key {{jwt}}\n", "key {{jwt}}\n"},
		"documented example": {"QAS_TOKEN={{clientexample}}\n", "QAS_TOKEN={{clientexample}}\n"},
		"other credential":   {`"Authorization": "ApiKey {{elastic}}"`, `"Authorization": "ApiKey ****"`},
		"pieces":             {"k = '{{tenant 1}}' + '.{{id 1}}.' + '{{token 1}}'", "k = '{{tenant 1}}' + '.{{id 1}}.' + '****'"},
		"plain value in YAML": {
			"tenant: {{tenant 1}}\nkeyId: {{id 1}}\ntoken: {{token 1}}\n",
			"tenant: {{tenant 1}}\nkeyId: {{id 1}}\ntoken: (****)\n",
		},
		"plain value in YAML in base64": {
			std([]byte(keytest.Expand("tenant: {{tenant 1}}\nkeyId: {{id 1}}\ntoken:  {{token 1}}\n"))),
			std([]byte(keytest.Expand("tenant: {{tenant 1}}\nkeyId: {{id 1}}\ntoken:  (" + stars[2:] + ")\n"))),
		},
		"padding at the end of a line": {
			"Authorization: ApiKey " + std([]byte(strings.Repeat("k8Qz*x3", 7)[:47])) + "\nAccept: text/plain\n",
			"Authorization: ApiKey ****\nAccept: text/plain\n",
		},
		"plain item in YAML": {
			"Fn::Join:\n  - '.'\n  - - {{tenant 1}}\n    - {{id 1}}\n    - {{token 1}}\n",
			"Fn::Join:\n  - '.'\n  - - {{tenant 1}}\n    - {{id 1}}\n    - (****)\n",
		},
		"quoted value in YAML": {
			"tenant: '{{tenant 1}}'\nkeyId: '{{id 1}}'\ntoken: '{{token 1}}'\n",
			"tenant: '{{tenant 1}}'\nkeyId: '{{id 1}}'\ntoken: '****'\n",
		},
		"fields without a blank": {
			"tenant:{{tenant 1}};keyId:{{id 1}};token:{{token 1}};", "tenant:{{tenant 1}};keyId:{{id 1}};token:****;",
		},
		"two key IDs of a token": {
			`{"tenant": "{{tenant 1}}", "keyId": "{{id 1}}", "oldKeyId": "{{id 2}}", "token": "{{token 1}}"}`,
			`{"tenant": "{{tenant 1}}", "keyId": "{{id 1}}", "oldKeyId": "{{id 2}}", "token": "****"}`,
		},
		"binary": {"\x00\x01{{key 1}}\x00", "\x00\x01{{tenant 1}}.{{id 1}}." + stars + "\x00"},
		"UTF-16": {wide(keytest.Expand("k={{key 1}}\n")), wide(keytest.Expand("k={{tenant 1}}.{{id 1}}." + stars + "\n"))},
		"base64": {
			std([]byte(keytest.Expand("k={{key 1}};"))) + "!",
			std([]byte(keytest.Expand("k={{tenant 1}}.{{id 1}}."+stars+";"))) + "!",
		},
		"base64 twice": {
			std([]byte(std([]byte(keytest.Expand("k={{key 1}};;"))) + "!")),
			std([]byte(std([]byte(keytest.Expand("k={{tenant 1}}.{{id 1}}."+stars+";;"))) + "!")),
		},
		"hex": {
			"id " + hex.EncodeToString([]byte(keytest.Expand("k={{key 1}};"))),
			"id " + hex.EncodeToString([]byte(keytest.Expand("k={{tenant 1}}.{{id 1}}."+stars+";"))),
		},
		"hex in upper case": {
			strings.ToUpper(hex.EncodeToString([]byte(keytest.Expand("k={{key 1}};;")))),
			strings.ToUpper(hex.EncodeToString([]byte(keytest.Expand("k={{tenant 1}}.{{id 1}}." + stars + ";;")))),
		},
		"percent":            {"?k=%22{{tenant 1}}%2E{{id 1}}%2E{{token 1}}%22", "?k=%22{{tenant 1}}%2E{{id 1}}%2E****%22"},
		"string in a string": {`{"b":"{\"k\":\"{{key 1}}\"}"}`, `{"b":"{\"k\":\"{{tenant 1}}.{{id 1}}.****\"}"}`},
	} {
		t.Run(name, func(t *testing.T) {
			text, want := keytest.Expand(c.text), keytest.Expand(c.want)
			masked, keys, err := r.Text(t.Context(), []byte(text))
			if err != nil || string(masked) != want {
				t.Errorf("%q became\n%q, %v, want\n%q", text, masked, err, want)
			}
			if (len(keys) == 0) != (text == want) {
				t.Errorf("keys: %v", keys)
			}
		})
	}
}

// TestTextNamesKeys checks that each key is named once.
func TestTextNamesKeys(t *testing.T) {
	text := keytest.Expand("{{key 1}} {{key 2}} {{key 1}} Authorization: ApiKey {{elastic}}")
	_, keys, err := rewrite.New().Text(t.Context(), []byte(text))
	if err != nil || len(keys) != 3 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	if keys[0].TenantID != keytest.TenantID(1) || keys[1].TenantID != keytest.TenantID(2) || keys[2] != (rules.Key{}) {
		t.Errorf("keys: %v", keys)
	}
}

func TestTextEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := []byte(keytest.Expand("{{key 1}}"))
	masked, _, err := rewrite.New().Text(ctx, text)
	if !errors.Is(err, context.Canceled) || !bytes.Equal(masked, text) {
		t.Errorf("error: %v", err)
	}
}

// TestContentNamesOnlyMaskedKeys checks that keys in compressed data that could not be
// written are not said to be masked.
func TestContentNamesOnlyMaskedKeys(t *testing.T) {
	left := 0
	for seed := range uint64(20) {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write([]byte("a = '" + keytest.Key(seed, keytest.Made) + "'\n")) // to memory
		_ = w.Close()
		other := keytest.Key(seed+100, keytest.Made)
		data := []byte("\x00" + base64.StdEncoding.EncodeToString(packed.Bytes()) + "\x00 '" + other + "' \x00")
		out, masked := rewrite.New().Content(t.Context(), data)
		left += len(masked.Left)
		if names := masked.Names(); len(names) != 2-len(masked.Left) || !strings.HasPrefix(other, strings.TrimSuffix(names[len(names)-1], "****")) {
			t.Errorf("%d left, masked %q", len(masked.Left), names)
		}
		if bytes.Contains(out, []byte(other)) {
			t.Error("the other key is not masked")
		}
	}
	if left == 0 {
		t.Error("all data was written")
	}
}
