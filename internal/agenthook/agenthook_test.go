package agenthook_test

import (
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/agenthook"
	"github.com/qasleaks/qasleaks/internal/keytest"
)

const found = " has {{tenant 1}}.{{id 1}}.****. An assistant must not see the token of a key. " +
	"Use the variable of the environment that has the key: QAS_TOKEN for qas-cli, QASPHERE_API_KEY for the MCP server."

// answers are recorded events, and what is answered.
var answers = []struct{ product, event, want string }{
	{"claude", `{"hook_event_name":"UserPromptSubmit","prompt":"list the tests"}`, `{}`},
	{
		"claude", `{"hook_event_name":"UserPromptSubmit","prompt":"use {{key 1}} for all"}`,
		`{"decision":"block","reason":"qasleaks: UserPromptSubmit` + found + `"}`,
	},
	{
		"claude", `{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"curl -H \"Authorization: ApiKey {{key 1}}\" x"}}`,
		`{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"qasleaks: PreToolUse` + found + `"}}`,
	},
	{ // an edit whose text has escapes
		"claude", `{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"content":"A=1\nQAS_TOKEN=\u007b\u007d\n{{key 1}}\n"}}`,
		`{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"qasleaks: PreToolUse` + found + `"}}`,
	},
	{ // a call of an MCP server
		"claude", `{"hook_event_name":"PreToolUse","tool_name":"mcp__x__send","tool_input":{"args":[1,{"body":["{{key 1}}"]}]}}`,
		`{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"qasleaks: PreToolUse` + found + `"}}`,
	},
	{
		"claude", `{"hook_event_name":"PostToolUse","tool_input":{},"tool_response":{"stdout":"a\n{{key 1}}\n","n":1.50,"a":"\u00e9","stderr":""}}`,
		`{"hookSpecificOutput":{"hookEventName":"PostToolUse","updatedToolOutput":{"stdout":"a\n{{tenant 1}}.{{id 1}}.****\n","n":1.50,"a":"\u00e9","stderr":""}}}`,
	},
	{"claude", `{"hook_event_name":"PostToolUse","tool_input":{"command":"cat .env"},"tool_response":{"stdout":"no"}}`, `{}`},
	{"claude", `{"hook_event_name":"UserPromptSubmit","prompt":"{{example}}"}`, `{}`},
	{"codex", `{"hook_event_name":"UserPromptSubmit","prompt":"{{key 1}}"}`, `{"decision":"block","reason":"qasleaks: UserPromptSubmit` + found + `"}`},
	{
		"codex", `{"hook_event_name":"PreToolUse","tool_name":"apply_patch","tool_input":{"command":"+token: {{key 1}}"}}`,
		`{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"qasleaks: PreToolUse` + found + `"}}`,
	},
	{
		"codex", `{"hook_event_name":"PostToolUse","tool_response":"k={{key 1}}"}`,
		`{"decision":"block","reason":"qasleaks: PostToolUse` + found + `\n\"k={{tenant 1}}.{{id 1}}.****\""}`,
	},
	{"gemini", `{"hook_event_name":"BeforeAgent","prompt":"{{key 1}}"}`, `{"decision":"deny","reason":"qasleaks: BeforeAgent` + found + `"}`},
	{
		"gemini", `{"hook_event_name":"BeforeTool","tool_name":"run_shell_command","tool_input":{"command":"echo {{key 1}}"}}`,
		`{"decision":"deny","reason":"qasleaks: BeforeTool` + found + `"}`,
	},
	{
		"gemini", `{"hook_event_name":"AfterTool","tool_response":{"llmContent":"k={{key 1}}"}}`,
		`{"decision":"deny","reason":"qasleaks: AfterTool` + found + `\n{\"llmContent\":\"k={{tenant 1}}.{{id 1}}.****\"}"}`,
	},
}

func TestAnswer(t *testing.T) {
	for _, c := range answers {
		p, ok, err := agenthook.Find(c.product)
		if !ok || err != nil {
			t.Fatal(c.product, err)
		}
		got, err := p.Answer(t.Context(), strings.NewReader(keytest.Expand(c.event)))
		if err != nil {
			t.Errorf("%s: %s: %v", c.product, c.event, err)
			continue
		}
		if want := keytest.Expand(c.want); string(got) != want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", c.product, c.event, got, want)
		}
		if strings.Contains(string(got), keytest.Token(1)) {
			t.Errorf("%s: %s: the token is in the answer", c.product, c.event)
		}
	}
}

func TestErrors(t *testing.T) {
	p, _, _ := agenthook.Find("claude")
	for event, want := range map[string]string{
		"":                                  "expected a JSON object",
		"[]":                                "expected a JSON object",
		`{"prompt":"x"}`:                    "no name in hook_event_name",
		`{"prompt":"{{key 1}}`:              "expected a JSON object",
		`{"hook_event_name":"BeforeTool"}`:  "none of those that claude can stop",
		`{"hook_event_name":"PostToolUse"}`: "PostToolUse has no tool_response",
	} {
		_, err := p.Answer(t.Context(), strings.NewReader(keytest.Expand(event)))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), keytest.Token(1)) {
			t.Errorf("%s: got %v, want %q", event, err, want)
		}
	}
}
