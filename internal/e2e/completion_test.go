package e2e

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/tooltest"
)

// completions are command lines, and what a shell has to make of them.
var completions = []struct{ line, want string }{
	{"qasleaks sc", "scan"},
	{"qasleaks comp", "completion"},
	{"qasleaks scan --min", "--min-confidence"},
	{"qasleaks scan . --fail-o", "--fail-on --fail-on-live"},
	{"qasleaks scan --format sa", "sarif"},
	{"qasleaks scan --format sarif --output x --format jso", "json jsonl"},
	{"qasleaks scan --fail-on ", "error warning note never"},
	{"qasleaks scan --color ", "auto always never"},
	{"qasleaks verify --format ", "text json html"},
	{"qasleaks rules qas-b", "qas-bearer-header"},
	{"qasleaks scan --rule qas-b", "qas-bearer-header"},
	{"qasleaks completion ", "bash zsh fish powershell"},
	{"qasleaks help ver", "verify version"},
	{"qasleaks baseline pr", "prune"},
	{"qasleaks baseline prune cre", ""},
	{"qasleaks hook inst", "install"},
	{"qasleaks export git", "gitleaks gitlab github"},
	{"qasleaks hook install pre-", "pre-commit pre-push pre-receive"},
	{"qasleaks hook run ag", "agent"},
	{"qasleaks hook run agent --agent ", "claude cursor copilot codex gemini"},
	{"qasleaks scan -- --fo", ""},
	{"qasleaks nothing --fo", ""},
}

// shell runs a script in a shell.
func shell(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := tooltest.Path(t, name)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a shell that waits for more
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = t.TempDir() // no file is there to be completed
	cmd.Env = append(cmd.Environ(), "TERM=dumb", "HOME="+cmd.Dir, "XDG_CONFIG_HOME="+cmd.Dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// TestCompletionBash calls the function that the script gives to bash, with what
// readline would call it. "=" breaks a word in two.
func TestCompletionBash(t *testing.T) {
	cases := append(completions, struct{ line, want string }{"qasleaks scan --format = sa", "sarif"},
		struct{ line, want string }{"qasleaks scan --format =", "text concise json jsonl sarif gitlab junit markdown html github"})
	for _, c := range cases {
		got := shell(t, "bash", "--norc", "-c", `
			eval "$(qasleaks completion bash)"
			[[ $(complete -p qasleaks) == *"-F _qasleaks qasleaks" ]] || echo unknown to complete
			read -ra COMP_WORDS <<<"$1"
			[[ $1 == *" " ]] && COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			_qasleaks qasleaks
			echo "${COMPREPLY[*]}"`, "bash", c.line)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.line, got, c.want)
		}
	}
}

// TestCompletionFish asks fish, which prints what it would offer, and what that
// means.
func TestCompletionFish(t *testing.T) {
	cases := append(completions, struct{ line, want string }{"qasleaks scan --format=sa", "--format=sarif"})
	for _, c := range cases {
		got := shell(t, "fish", "--no-config", "-c", `
			qasleaks completion fish | source
			complete -C $argv[1] | string replace -r "\t.*" ""; true`, c.line)
		words := strings.Fields(c.want)
		for _, word := range words {
			if !strings.Contains(" "+got+" ", " "+word+" ") {
				t.Errorf("%s: got %q, want %q", c.line, got, c.want)
			}
		}
		if len(strings.Fields(got)) != len(words) {
			t.Errorf("%s: got %q, want %q", c.line, got, c.want)
		}
	}
}

// TestCompletionZsh presses the tabulator key in a terminal that zsh makes, since zsh
// completes nowhere else. It waits for what comes.
func TestCompletionZsh(t *testing.T) {
	got := shell(t, "zsh", "-f", "-c", `
		zmodload zsh/zpty
		zpty terminal "zsh -f -i"
		zpty -w terminal "autoload -Uz compinit; compinit -u -D; eval \"\$(qasleaks completion zsh)\"; echo re''ady"
		zpty -r -m terminal seen '*ready*'
		zpty -w -n terminal $'qasleaks sc\t. --min\thi\t--format=sari\t'
		zpty -r -m terminal seen '*sarif*'
		zpty -d terminal
		print -r -- "$seen"`)
	for _, want := range []string{"qasleaks scan", "--min-confidence", "high", "--format=sarif"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
