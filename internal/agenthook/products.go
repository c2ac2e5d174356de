package agenthook

import "encoding/json"

// Product is an assistant that runs a hook with an event on standard input.
type Product struct {
	// Name is what --agent calls it.
	Name string
	// Settings is the file in a project that names its hooks, with slashes.
	Settings string
	// events are what the product asks about, in the order in which they happen.
	events []event
}

// event is a moment at which a product asks.
type event struct {
	name string
	// part is the field of the event that is judged; "" for the whole event.
	part string
	// refuse returns the answer that stops what the event is about.
	refuse func(reason string) any
	// replace returns the answer that replaces a tool's output; nil if the product cannot.
	replace func(reason string, output json.RawMessage) any
}

type object = map[string]any

// products are what the documentation of each says; docs/agents.md has the sources.
var products = []Product{
	{
		Name: "claude", Settings: ".claude/settings.json",
		events: []event{
			{name: "UserPromptSubmit", refuse: block},
			{name: "PreToolUse", refuse: denyTool},
			{
				name: "PostToolUse", part: "tool_response", refuse: block,
				replace: func(_ string, output json.RawMessage) any {
					return object{"hookSpecificOutput": object{"hookEventName": "PostToolUse", "updatedToolOutput": output}}
				},
			},
		},
	},
	{
		Name: "codex", Settings: ".codex/hooks.json",
		events: []event{
			{name: "UserPromptSubmit", refuse: block},
			{name: "PreToolUse", refuse: denyTool},
			{
				name: "PostToolUse", part: "tool_response", refuse: block, // the reason replaces the output
				replace: func(reason string, output json.RawMessage) any { return block(reason + "\n" + string(output)) },
			},
		},
	},
	{
		Name: "gemini", Settings: ".gemini/settings.json",
		events: []event{
			{name: "BeforeAgent", refuse: deny},
			{name: "BeforeTool", refuse: deny},
			{
				name: "AfterTool", part: "tool_response", refuse: deny, // the reason replaces the output
				replace: func(reason string, output json.RawMessage) any { return deny(reason + "\n" + string(output)) },
			},
		},
	},
}

// undocumented are products for which no format is known that would stop a key.
var undocumented = []string{"cursor", "copilot"}

// nested returns an entry of settings that runs a command.
func nested(command string) string {
	return `{"hooks":[{"type":"command","command":` + quote(command) + `}]}`
}

func block(reason string) any { return object{"decision": "block", "reason": reason} }

func deny(reason string) any { return object{"decision": "deny", "reason": reason} }

func denyTool(reason string) any {
	return object{"hookSpecificOutput": object{
		"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason,
	}}
}
