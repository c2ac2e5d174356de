package agenthook

import (
	"encoding/json"
	"strings"
)

// Product is an assistant that runs a hook with an event on standard input.
type Product struct {
	// Name is what --agent calls it.
	Name string
	// Settings is the file in a project that names its hooks, with slashes.
	Settings string
	// versioned says that the product reads only settings with a version.
	versioned bool
	// entry returns the entry of a hook in the settings. Events that cannot be read are
	// allowed if allow.
	entry func(allow bool) string
	// pass is the answer to an event that cannot be read and is allowed; nil for none.
	pass any
	// events are what the product asks about, in the order in which they happen.
	events []event
}

// event is a moment at which a product asks.
type event struct {
	name string
	// parts are the fields of which the first that the event has is judged; none for the
	// whole event.
	parts []string
	// pass returns the answer if there is no key.
	pass any
	// refuse returns the answer that stops what the event is about.
	refuse func(reason string) any
	// replace returns the answer that replaces a tool's output, or nil if the product cannot
	// replace this one; it is nil if the product never can.
	replace func(o output) any
}

// output is what a tool returned, with its keys masked.
type output struct {
	// event has the fields of the event, and part is the name of the judged one.
	event map[string]json.RawMessage
	part  string
	// masked is the judged field.
	masked json.RawMessage
	reason string
}

type object = map[string]any

// products are what the documentation of each says; docs/agents.md has the sources.
var products = []Product{
	{
		Name: "claude", Settings: ".claude/settings.json",
		entry: func(allow bool) string { return nested("claude", allow) },
		events: []event{
			{name: "UserPromptSubmit", refuse: block},
			{name: "PreToolUse", refuse: denyTool},
			{
				name: "PostToolUse", parts: []string{"tool_response"}, refuse: block,
				replace: func(o output) any {
					return object{"hookSpecificOutput": object{"hookEventName": "PostToolUse", "updatedToolOutput": o.masked}}
				},
			},
		},
	},
	{
		Name: "cursor", Settings: ".cursor/hooks.json", versioned: true,
		entry: func(allow bool) string {
			if allow {
				return `{"command":` + quote(command("cursor", allow)) + `}`
			}
			return `{"command":` + quote(command("cursor", allow)) + `,"failClosed":true}`
		},
		pass: object{"continue": true, "permission": "allow"},
		events: []event{
			{name: "beforeSubmitPrompt", pass: object{"continue": true}, refuse: func(reason string) any {
				return object{"continue": false, "user_message": reason}
			}},
			{name: "preToolUse", pass: permitted, refuse: forbid},
			{name: "beforeShellExecution", pass: permitted, refuse: forbid},
			{name: "beforeMCPExecution", pass: permitted, refuse: forbid},
			{name: "beforeReadFile", pass: permitted, refuse: forbid},
			{name: "beforeTabFileRead", pass: permitted, refuse: forbid},
			{name: "postToolUse", parts: []string{"tool_output"}, refuse: warn, replace: replaceMCP},
		},
	},
	{
		Name: "copilot", Settings: ".github/hooks/qasleaks.json", versioned: true,
		entry: func(allow bool) string {
			bash, powershell := command("copilot", allow), command("copilot", allow)
			if !allow {
				bash, powershell = bash+orExit, powershell+"; if ($LASTEXITCODE -ne 0) { exit 2 }"
			}
			return `{"type":"command","bash":` + quote(bash) + `,"powershell":` + quote(powershell) + `}`
		},
		events: []event{
			{name: "UserPromptSubmit", refuse: func(reason string) any {
				return object{"decision": "block", "reason": reason, "continue": false, "stopReason": reason}
			}},
			{name: "PreToolUse", refuse: func(reason string) any {
				answer := denyTool(reason).(object)
				answer["permissionDecision"], answer["permissionDecisionReason"] = "deny", reason
				return answer
			}},
			// Copilot sends tool_result, and Visual Studio Code tool_response.
			{name: "PostToolUse", parts: []string{copilotResult, "tool_response"}, refuse: func(reason string) any {
				answer := copilotOutput(reason)
				answer["decision"], answer["reason"] = "block", reason
				return answer
			}, replace: replaceCopilot},
		},
	},
	{
		Name: "codex", Settings: ".codex/hooks.json",
		entry: func(allow bool) string { return nested("codex", allow) },
		events: []event{
			{name: "UserPromptSubmit", refuse: block},
			{name: "PreToolUse", refuse: denyTool},
			{ // the reason replaces the output
				name: "PostToolUse", parts: []string{"tool_response"}, refuse: block,
				replace: func(o output) any { return block(o.reason + "\n" + string(o.masked)) },
			},
		},
	},
	{
		Name: "gemini", Settings: ".gemini/settings.json",
		entry: func(allow bool) string { return nested("gemini", allow) },
		events: []event{
			{name: "BeforeAgent", refuse: deny},
			{name: "BeforeTool", refuse: deny},
			{ // the reason replaces the output
				name: "AfterTool", parts: []string{"tool_response"}, refuse: deny,
				replace: func(o output) any { return deny(o.reason + "\n" + string(o.masked)) },
			},
		},
	},
}

// hookName is in every command that runs the hook.
const hookName = "qasleaks hook run agent"

// orExit is for products that stop only at the exit status 2, and would go on if the program
// is deleted.
const orExit = " || exit 2"

func command(product string, allow bool) string {
	if allow {
		return hookName + " --agent " + product + " --on-error allow"
	}
	return hookName + " --agent " + product
}

// nested returns an entry of settings in the format of Claude Code.
func nested(product string, allow bool) string {
	run := command(product, allow)
	if !allow {
		run += orExit
	}
	return `{"hooks":[{"type":"command","command":` + quote(run) + `}]}`
}

func block(reason string) any { return object{"decision": "block", "reason": reason} }

func deny(reason string) any { return object{"decision": "deny", "reason": reason} }

func denyTool(reason string) any {
	return object{"hookSpecificOutput": object{
		"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason,
	}}
}

var permitted = object{"permission": "allow"}

// forbid tells the user and the assistant: in Cursor 3.9, the assistant sees user_message.
func forbid(reason string) any {
	return object{"permission": "deny", "user_message": reason, "agent_message": reason}
}

// warn is all that Cursor can do after a tool of its own ran.
func warn(reason string) any {
	return object{"additional_context": reason + " Do not repeat it, and tell the user to revoke it."}
}

// replaceMCP replaces the output of a tool of an MCP server, which is JSON in a string.
func replaceMCP(o output) any {
	var tool, text string
	var result map[string]json.RawMessage
	if json.Unmarshal(o.event["tool_name"], &tool) != nil || !strings.HasPrefix(tool, "MCP") ||
		json.Unmarshal(o.masked, &text) != nil || json.Unmarshal([]byte(text), &result) != nil {
		return nil
	}
	return object{"updated_mcp_tool_output": result}
}

// copilotResult is the field in which Copilot sends what a tool returned.
const copilotResult = "tool_result"

func copilotOutput(text string) object {
	return object{"modifiedResult": object{"resultType": "success", "textResultForLlm": text}}
}

func replaceCopilot(o output) any {
	if o.part != copilotResult {
		return block(o.reason + "\n" + string(o.masked))
	}
	var result struct {
		Text string `json:"text_result_for_llm"`
	}
	if json.Unmarshal(o.masked, &result) != nil || result.Text == "" {
		return nil
	}
	return copilotOutput(result.Text)
}
