package action_test

import (
	"os"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// TestRedact masks keys in place, with the inputs of a step before an upload.
func TestRedact(t *testing.T) {
	dir := t.TempDir()
	r := newRunner(t, dir)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(keytest.Expand(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("report", 0o777); err != nil {
		t.Fatal(err)
	}
	write("report/trace.json", `{"Authorization": "ApiKey {{key 1}}"}`)
	write("run.log", "QAS_TOKEN={{key 2}}\n")
	t.Setenv("INPUT_REDACT", "report\n  run.log\n\nmissing.xml\n")
	got := r.run()
	if got.status != 0 || got.outputs["exit-code"] != "0" || got.outputs["upload"] != "false" {
		t.Errorf("status %d, outputs %v:\n%s", got.status, got.outputs, got.log)
	}
	for _, want := range []string{
		"::warning title=qasleaks::There is nothing to redact: ",
		"Masked 2 keys in 2 files: {{tenant 1}}.{{id 1}}.****, {{tenant 2}}.{{id 2}}.****. Revoke them",
		"%0Areport/trace.json%0Arun.log",
	} {
		if !strings.Contains(got.log, keytest.Expand(want)) {
			t.Errorf("the log lacks %q:\n%s", want, got.log)
		}
	}
	if !strings.Contains(got.summary, "Masked 2 keys in 2 files") {
		t.Errorf("summary: %s", got.summary)
	}
	for name, want := range map[string]string{
		"report/trace.json": `{"Authorization": "ApiKey {{tenant 1}}.{{id 1}}.****"}`, "run.log": "QAS_TOKEN={{tenant 2}}.{{id 2}}.****\n",
	} {
		if text, err := os.ReadFile(name); err != nil || string(text) != keytest.Expand(want) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	if got := r.run(); got.status != 0 || strings.Contains(got.log, "Masked") {
		t.Errorf("a second time: status %d\n%s", got.status, got.log)
	}
	write("report/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n")
	if got := r.run(); got.status != 3 || got.outputs["exit-code"] != "3" || !strings.Contains(got.log, "Could not be masked:%0Areport/vault.yml: Ansible vault, its contents") {
		t.Errorf("status %d\n%s", got.status, got.log)
	}
}
