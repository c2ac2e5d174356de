package rules

import (
	"bytes"
	"slices"
)

// Signs are texts by which a project speaks of QA Sphere: a host, the path of the API, the
// official client or MCP server, and the names of their variables. QAS is also the name of
// other software and SAP's word for a quality system, so that a match which rests on
// nothing but the name of a variable, see [Match.ByName], counts only in a project with one
// of these texts or with a key in a file.
var Signs = []Anchor{
	{Literal: "qasphere", Fold: true},
	{Literal: "qa sphere", Fold: true},
	{Literal: "qa_sphere", Fold: true},
	{Literal: "qas-cli"},
	{Literal: "/api/public/v0"},
}

// Speaks reports whether a text has one of [Signs].
func Speaks(text []byte) bool {
	return slices.ContainsFunc(Signs, func(s Anchor) bool {
		if s.Fold {
			return containsFold(text, s.Literal)
		}
		return bytes.Contains(text, []byte(s.Literal))
	})
}
