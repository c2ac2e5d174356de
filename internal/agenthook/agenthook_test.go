package agenthook_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/agenthook"
	"github.com/qasleaks/qasleaks/internal/keytest"
)

const (
	use = ". An assistant must not see the token of a key. " +
		"Use the variable of the environment that has the key: QAS_TOKEN for qas-cli, QASPHERE_API_KEY for the MCP server."
	found   = " has {{tenant 1}}.{{id 1}}.****" + use
	visible = " Do not repeat it, and tell the user to revoke it."
)

// denied are the answers of products that stop a tool.
const (
	denied       = `{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"qasleaks: PreToolUse` + found + `"}}`
	copilotBlock = `{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"qasleaks: PreToolUse` + found +
		`"},"permissionDecision":"deny","permissionDecisionReason":"qasleaks: PreToolUse` + found + `"}`
)

// forbidden returns how Cursor is told to stop an event.
func forbidden(event string) string {
	reason := `"qasleaks: ` + event + found + `"`
	return `{"agent_message":` + reason + `,"permission":"deny","user_message":` + reason + `}`
}

// answers are recorded events, and what is answered.
var answers = []struct{ product, event, want string }{
	{"claude", `{"hook_event_name":"UserPromptSubmit","prompt":"list the tests"}`, `{}`},
	{
		"claude", `{"hook_event_name":"UserPromptSubmit","prompt":"use {{key 1}} for all"}`,
		`{"decision":"block","reason":"qasleaks: UserPromptSubmit` + found + `"}`,
	},
	{"claude", `{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"curl -H \"Authorization: ApiKey {{key 1}}\" x"}}`, denied},
	{ // an edit whose text has escapes
		"claude", `{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"content":"A=1\nQAS_TOKEN=\u007b\u007d\n{{key 1}}\n"}}`, denied,
	},
	{ // several edits
		"claude", `{"hook_event_name":"PreToolUse","tool_name":"MultiEdit","tool_input":{"edits":[{"old_string":"a","new_string":"b"},{"old_string":"c","new_string":"{{key 1}}"}]}}`, denied,
	},
	{ // a call of an MCP server
		"claude", `{"hook_event_name":"PreToolUse","tool_name":"mcp__x__send","tool_input":{"args":[1,{"body":["{{key 1}}"]}]}}`, denied,
	},
	{
		"claude", `{"hook_event_name":"PostToolUse","tool_input":{},"tool_response":{"stdout":"a\n{{key 1}}\n","n":1.50,"a":"\u00e9","stderr":""}}`,
		`{"hookSpecificOutput":{"hookEventName":"PostToolUse","updatedToolOutput":{"stdout":"a\n{{tenant 1}}.{{id 1}}.****\n","n":1.50,"a":"\u00e9","stderr":""}}}`,
	},
	{ // blocks of content
		"claude", `{"hook_event_name":"PostToolUse","tool_response":[{"type":"text","text":"[{{key 1}}]"},{"type":"image","data":""}]}`,
		`{"hookSpecificOutput":{"hookEventName":"PostToolUse","updatedToolOutput":[{"type":"text","text":"[{{tenant 1}}.{{id 1}}.****]"},{"type":"image","data":""}]}}`,
	},
	{"claude", `{"hook_event_name":"PostToolUse","tool_input":{"command":"cat .env"},"tool_response":{"stdout":"no"}}`, `{}`},
	{"claude", `{"hook_event_name":"UserPromptSubmit","prompt":"{{example}}"}`, `{}`},

	// Cursor and Copilot run the hooks of Claude Code, too.
	{"claude", `{"hook_event_name":"preToolUse","cursor_version":"3.9","tool_name":"Shell","tool_input":{"command":"ls"}}`, `{"permission":"allow"}`},
	{"claude", `{"hook_event_name":"preToolUse","cursor_version":"3.9","tool_name":"Shell","tool_input":{"command":"{{key 1}}"}}`, forbidden("preToolUse")},
	{
		"claude", `{"hook_event_name":"PostToolUse","tool_name":"Bash","tool_result":{"result_type":"success","text_result_for_llm":"{{key 1}}"}}`,
		`{"modifiedResult":{"resultType":"success","textResultForLlm":"{{tenant 1}}.{{id 1}}.****"}}`,
	},

	{"cursor", "\ufeff" + `{"hook_event_name":"beforeSubmitPrompt","prompt":"list the tests","attachments":[]}`, `{"continue":true}`},
	{
		"cursor", `{"hook_event_name":"beforeSubmitPrompt","prompt":"use {{key 1}}"}`,
		`{"continue":false,"user_message":"qasleaks: beforeSubmitPrompt` + found + `"}`,
	},
	{"cursor", `{"hook_event_name":"preToolUse","tool_name":"Shell","tool_input":{"command":"npm test"}}`, `{"permission":"allow"}`},
	{"cursor", `{"hook_event_name":"preToolUse","tool_name":"Write","tool_input":{"file_path":"a","content":"k={{key 1}}"}}`, forbidden("preToolUse")},
	{"cursor", `{"hook_event_name":"beforeShellExecution","command":"echo","cwd":"/a"}`, `{"permission":"allow"}`},
	{"cursor", `{"hook_event_name":"beforeShellExecution","command":"echo {{key 1}}"}`, forbidden("beforeShellExecution")},
	{"cursor", `{"hook_event_name":"beforeMCPExecution","tool_name":"x","tool_input":"{}"}`, `{"permission":"allow"}`},
	{ // JSON in a string
		"cursor", `{"hook_event_name":"beforeMCPExecution","tool_name":"x","tool_input":"{\"a\":\"\\u007b{{key 1}}\"}"}`, forbidden("beforeMCPExecution"),
	},
	{"cursor", `{"hook_event_name":"beforeReadFile","file_path":"/a/.env","content":"A=1"}`, `{"permission":"allow"}`},
	{"cursor", `{"hook_event_name":"beforeReadFile","file_path":"/a/.env","content":"QAS_TOKEN={{key 1}}\n"}`, forbidden("beforeReadFile")},
	{"cursor", `{"hook_event_name":"beforeTabFileRead","file_path":"/a/.env","content":"A=1"}`, `{"permission":"allow"}`},
	{"cursor", `{"hook_event_name":"beforeTabFileRead","file_path":"/a/.env","content":"QAS_TOKEN={{key 1}}\n"}`, forbidden("beforeTabFileRead")},
	{"cursor", `{"hook_event_name":"postToolUse","tool_name":"Shell","tool_output":"{\"exitCode\":0}"}`, `{}`},
	{
		"cursor", `{"hook_event_name":"postToolUse","tool_name":"Shell","tool_output":"{\"output\":\"{{key 1}}\"}"}`,
		`{"additional_context":"qasleaks: postToolUse` + found + visible + `"}`,
	},
	{
		"cursor", `{"hook_event_name":"postToolUse","tool_name":"MCP:x","tool_output":"{\"content\":[{\"type\":\"text\",\"text\":\"k={{key 1}}\"}]}"}`,
		`{"updated_mcp_tool_output":{"content":[{"type":"text","text":"k={{tenant 1}}.{{id 1}}.****"}]}}`,
	},
	{ // what is no object cannot be replaced
		"cursor", `{"hook_event_name":"postToolUse","tool_name":"MCP:x","tool_output":"k={{key 1}}"}`,
		`{"additional_context":"qasleaks: postToolUse` + found + visible + `"}`,
	},

	{"copilot", `{"hook_event_name":"UserPromptSubmit","prompt":"list the tests"}`, `{}`},
	{
		"copilot", `{"hook_event_name":"UserPromptSubmit","prompt":"{{key 1}}"}`,
		`{"continue":false,"decision":"block","reason":"qasleaks: UserPromptSubmit` + found + `","stopReason":"qasleaks: UserPromptSubmit` + found + `"}`,
	},
	{"copilot", `{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}`, `{}`},
	{"copilot", `{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"echo {{key 1}}"}}`, copilotBlock},
	{"copilot", `{"hookEventName":"PreToolUse","tool_name":"editFiles","tool_input":{"text":"{{key 1}}"}}`, copilotBlock},
	{"copilot", `{"hook_event_name":"PostToolUse","tool_result":{"result_type":"success","text_result_for_llm":"no"}}`, `{}`},
	{
		"copilot", `{"hook_event_name":"PostToolUse","tool_result":{"result_type":"success","text_result_for_llm":"a\nk={{key 1}}"}}`,
		`{"modifiedResult":{"resultType":"success","textResultForLlm":"a\nk={{tenant 1}}.{{id 1}}.****"}}`,
	},
	{ // an unknown form of result is replaced as a whole
		"copilot", `{"hook_event_name":"PostToolUse","tool_result":{"result_type":"success","text":"{{key 1}}"}}`,
		`{"decision":"block","modifiedResult":{"resultType":"success","textResultForLlm":"qasleaks: PostToolUse` + found + `"},"reason":"qasleaks: PostToolUse` + found + `"}`,
	},
	{ // Visual Studio Code
		"copilot", `{"hook_event_name":"PostToolUse","tool_name":"x","tool_response":"k={{key 1}}"}`,
		`{"decision":"block","reason":"qasleaks: PostToolUse` + found + `\n\"k={{tenant 1}}.{{id 1}}.****\""}`,
	},

	{"codex", `{"hook_event_name":"UserPromptSubmit","prompt":"list the tests"}`, `{}`},
	{"codex", `{"hook_event_name":"UserPromptSubmit","prompt":"{{key 1}}"}`, `{"decision":"block","reason":"qasleaks: UserPromptSubmit` + found + `"}`},
	{"codex", `{"hook_event_name":"PreToolUse","tool_name":"apply_patch","tool_input":{"command":"+a"}}`, `{}`},
	{"codex", `{"hook_event_name":"PreToolUse","tool_name":"apply_patch","tool_input":{"command":"+token: {{key 1}}"}}`, denied},
	{ // only Claude Code shares its hooks with Cursor and Copilot
		"codex", `{"hook_event_name":"PreToolUse","cursor_version":"1","tool_result":{},"tool_input":{"command":"{{key 1}}"}}`, denied,
	},
	{"codex", `{"hook_event_name":"PostToolUse","tool_response":"k"}`, `{}`},
	{
		"codex", `{"hook_event_name":"PostToolUse","tool_response":"k={{key 1}}"}`,
		`{"decision":"block","reason":"qasleaks: PostToolUse` + found + `\n\"k={{tenant 1}}.{{id 1}}.****\""}`,
	},

	{"gemini", `{"hook_event_name":"BeforeAgent","prompt":"list the tests"}`, `{}`},
	{"gemini", `{"hook_event_name":"BeforeAgent","prompt":"{{key 1}}"}`, `{"decision":"deny","reason":"qasleaks: BeforeAgent` + found + `"}`},
	{"gemini", `{"hook_event_name":"BeforeTool","tool_name":"run_shell_command","tool_input":{"command":"echo"}}`, `{}`},
	{
		"gemini", `{"hook_event_name":"BeforeTool","tool_name":"run_shell_command","tool_input":{"command":"echo {{key 1}}"}}`,
		`{"decision":"deny","reason":"qasleaks: BeforeTool` + found + `"}`,
	},
	{"gemini", `{"hook_event_name":"AfterTool","tool_response":{"llmContent":"k"}}`, `{}`},
	{
		"gemini", `{"hook_event_name":"AfterTool","tool_response":{"llmContent":"k={{key 1}}"}}`,
		`{"decision":"deny","reason":"qasleaks: AfterTool` + found + `\n{\"llmContent\":\"k={{tenant 1}}.{{id 1}}.****\"}"}`,
	},
}

// answer returns the answer to an event, both expanded.
func answer(t *testing.T, product, event string) string {
	t.Helper()
	p, ok := agenthook.Find(product)
	if !ok {
		t.Fatal(product)
	}
	got, err := p.Answer(t.Context(), strings.NewReader(event))
	if err != nil {
		t.Fatalf("%s: %.200s: %v", product, event, err)
	}
	if strings.Contains(string(got), keytest.Token(1)) {
		t.Errorf("%s: %.200s: the token is in the answer", product, event)
	}
	return string(got)
}

func TestAnswer(t *testing.T) {
	for _, c := range answers {
		if got, want := answer(t, c.product, keytest.Expand(c.event)), keytest.Expand(c.want); got != want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", c.product, c.event, got, want)
		}
	}
}

// TestAnswerFindsHiddenKeys expects keys wherever an event can have them.
func TestAnswerFindsHiddenKeys(t *testing.T) {
	key := keytest.Expand("{{key 1}}")
	var escaped strings.Builder
	for _, c := range key {
		escaped.WriteString(`\u00` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
	}
	nested, _ := json.Marshal(`{"a":"` + key + `"}`)
	twice, _ := json.Marshal(string(nested))
	parts := strings.SplitN(key, ".", 3)
	for name, input := range map[string]string{
		"escapes":              `{"command":"` + escaped.String() + `"}`,
		"a name":               `{"` + key + `":1}`,
		"a path":               `{"file_path":"/home/` + key + `/x"}`,
		"base64":               `{"command":"echo ` + base64.StdEncoding.EncodeToString([]byte("QAS_TOKEN="+key)) + ` | base64 -d"}`,
		"JSON in JSON":         `{"body":` + string(nested) + `}`,
		"JSON in JSON in JSON": `{"body":` + string(twice) + `}`,
		"fields":               `{"tenantId":"` + parts[0] + `","keyId":"` + parts[1] + `","token":"` + parts[2] + `"}`,
		"pieces":               `{"command":"k='` + parts[0] + `.` + parts[1] + `.'+'` + parts[2] + `'"}`,
		"invalid UTF-8":        `{"command":"` + "\xff\xfe" + key + "\xc3" + `"}`,
		"half a surrogate":     `{"command":"\ud800` + key + `"}`,
		"deep":                 strings.Repeat(`{"a":[`, 2000) + `"` + key + `"` + strings.Repeat(`]}`, 2000),
		"a field twice":        `{"command":"` + key + `","command":"ls"}`,
		"a number":             `{"n":1e400,"command":"` + key + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, event := range []string{
				`{"hook_event_name":"PreToolUse","tool_input":` + input + `}`,
				`{"tool_input":` + input + `,"tool_input":{},"hook_event_name":"PreToolUse"}`,
			} {
				if got := answer(t, "claude", event); !strings.Contains(got, `"permissionDecision":"deny"`) {
					t.Errorf("before the tool: %.300s", got)
				}
			}
			got := answer(t, "claude", `{"hook_event_name":"PostToolUse","tool_response":`+input+`}`)
			if !strings.Contains(got, `"updatedToolOutput"`) || !json.Valid([]byte(got)) {
				t.Errorf("after the tool: %.300s", got)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	p, _ := agenthook.Find("claude")
	for event, want := range map[string]string{
		"":                                  "expected a JSON object",
		"[]":                                "expected a JSON object",
		`{"prompt":"x"}`:                    "no name in hook_event_name",
		`{"hook_event_name":1}`:             "no name in hook_event_name",
		`{"prompt":"{{key 1}}`:              "expected a JSON object",
		`{"prompt":"{{key 1}}"} {}`:         "expected a JSON object",
		`{"hook_event_name":"BeforeTool"}`:  "none of those that claude can stop",
		`{"hook_event_name":"PostToolUse"}`: "PostToolUse has no tool_response",
		`{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`: "expected a JSON object",
	} {
		_, err := p.Answer(t.Context(), strings.NewReader(keytest.Expand(event)))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), keytest.Token(1)) {
			t.Errorf("%.100s: got %v, want %q", event, err, want)
		}
	}
}

// TestLargeEvents expects that large events are searched, up to a limit.
func TestLargeEvents(t *testing.T) {
	p, _ := agenthook.Find("claude")
	event := func(size int) string {
		head, tail := `{"hook_event_name":"UserPromptSubmit","prompt":"`, keytest.Expand(` {{key 1}}"}`)
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	const most = 64 << 20
	if got := answer(t, "claude", event(most)); !strings.HasPrefix(got, `{"decision":"block"`) {
		t.Errorf("answer: %.100s", got)
	}
	if _, err := p.Answer(t.Context(), strings.NewReader(event(most+1))); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("error: %v", err)
	}
}

// FuzzAnswer expects for every event an answer that is JSON without the token, or an error.
func FuzzAnswer(f *testing.F) {
	for _, c := range answers {
		f.Add(c.product, c.event)
	}
	f.Fuzz(func(t *testing.T, product, event string) {
		p, ok := agenthook.Find(product)
		if !ok {
			p, _ = agenthook.Find("claude")
		}
		got, err := p.Answer(t.Context(), strings.NewReader(keytest.Expand(event)))
		if strings.Contains(string(got), keytest.Expand("{{key 1}}")) {
			t.Error("the key is in the answer")
		}
		if err == nil && !json.Valid(got) {
			t.Errorf("answer: %q", got)
		}
		if err != nil && strings.Contains(err.Error(), keytest.Token(1)) {
			t.Error("the token is in the error")
		}
	})
}
