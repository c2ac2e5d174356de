package report

import (
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// page writes the whole page.
func (h *htmlReport) page() {
	purge, suppressed := h.purge(), h.suppressed()
	h.head()
	h.put("<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n")
	h.top()
	h.put("<nav class=\"jump\" aria-label=\"Parts of this report\"><div class=\"wide\">\n")
	if len(h.found) > 0 {
		h.put(`<a href="#todo">What to do</a> <a href="#findings">Findings</a> `)
	}
	if purge != nil {
		h.put(`<a href="#purge">Purge</a> `)
	}
	if len(suppressed) > 0 {
		h.put(`<a href="#suppressed">Suppressed</a> `)
	}
	h.put("<a href=\"#coverage\">Coverage</a>\n</div></nav>\n<main id=\"main\" class=\"wide\">\n\n")
	h.scanned()
	if len(h.found) > 0 {
		h.todo()
		h.findings()
	}
	if purge != nil {
		h.purging(purge)
	}
	if len(suppressed) > 0 {
		h.suppressions(suppressed)
	}
	h.coverage()
	h.put("</main>\n<footer class=\"wide\"><p>Tokens are masked in this report. It names keys, their locations and people: treat it as confidential. Created by qasleaks")
	h.some(" %s", h.options.Version)
	h.put(".</p></footer>\n")
	h.raw("<script>" + pageScript + "</script>\n</body>\n</html>\n")
}

func (h *htmlReport) head() {
	policy := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", cspHash(pageStyle), cspHash(pageScript))
	h.put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>qasleaks: %s</title>
`, policy, h.headline())
	h.raw("<style>" + pageStyle + "</style>\n</head>\n")
}

// top says what was found.
func (h *htmlReport) top() {
	h.put(`<header class="top %s">
<div class="wide">
<p class="brand"><span>qasleaks</span> audit of %s</p>
<h1>%s</h1>
`, h.level(), h.now.UTC().Format("2006-01-02 15:04 UTC"), h.headline())
	if f := h.firstKey(); f != nil {
		h.put(`<p class="lead">Revoke <a href="#%s"><code>%s</code></a> first%s.</p>`, anchorOf(f), name(f), h.reason())
	}
	h.put("\n")
	h.some(`<p class="lead">%s</p>`, h.notChecked())
	h.some(`<p class="lead incomplete">%s <a href="#coverage">Which and why</a></p>`, h.incomplete())
	h.put("\n<ul class=\"tiles\">")
	tile := func(n int, class, one, many string) {
		label := many
		if n == 1 {
			label = one
		}
		if n > 0 {
			h.put(`<li class="tile %s"><b>%s</b> <span>%s</span></li>`, class, number(n), label)
		}
	}
	t := &h.tally
	tile(len(t.keys), "error", "key to revoke", "keys to revoke")
	tile(t.live, "error", "live key", "live keys")
	tile(t.invalid, "quiet", "invalid key", "invalid keys")
	tile(t.kinds[otherFinding], "warning", "other credential", "other credentials")
	tile(t.kinds[localFinding], "note", "local key", "local keys")
	tile(t.kinds[exampleFinding], "note", "documented example", "documented examples")
	tile(t.kinds[lintFinding], "note", "lint finding", "lint findings")
	tile(t.hidden(), "quiet", "suppressed", "suppressed")
	tile(len(h.skips(scanner.SkipFailed)), "unread", "item not read", "items not read")
	h.put("</ul>\n</div>\n</header>\n")
}

// scanned says what was scanned.
func (h *htmlReport) scanned() {
	h.put("<section class=\"scanned\" aria-label=\"Target of the scan\">\n<dl>\n")
	h.some("<div><dt>Target</dt><dd><code>%s</code></dd></div>", neutral.Log(h.result.Base))
	rows := h.repositories()
	if len(h.result.Repositories) == 1 {
		rows = []repositoryRow{{Repository: &h.result.Repositories[0]}}
	}
	for _, r := range rows[:min(len(rows), maxHTMLRepositories)] {
		h.put("<div><dt>Repository</dt><dd>")
		h.some("<code>%s</code> ", neutral.Log(r.Path))
		h.some("<code>%s</code> ", neutral.Log(r.Remote))
		h.some("on <code>%s</code> ", neutral.Log(r.Branch))
		if r.Head == "" {
			h.put("without a commit")
		}
		h.some("at <code>%s</code>", shortSHA(r.Head))
		if len(h.result.Repositories) > 1 {
			h.some(": %s", neutral.Log(r.outcome()))
		}
		h.put("</dd></div>")
	}
	if left := len(rows) - maxHTMLRepositories; left > 0 {
		h.put("<div><dt>Repositories</dt><dd>%s more repositories are not listed; --format json has all.</dd></div>", number(left))
	}
	h.put("<div><dt>Scanned</dt><dd>%s</dd></div>\n", h.amount())
	h.some("<div><dt>Version</dt><dd>qasleaks %s</dd></div>", h.options.Version)
	h.put("\n</dl>\n</section>\n\n")
}

// amount is how much was scanned.
func (h *htmlReport) amount() string { return h.covered() + h.effort() + speed(h.result.Coverage) }

// todo lists the steps to take.
func (h *htmlReport) todo() {
	h.put("<section id=\"todo\" aria-labelledby=\"todo-h\">\n<h2 id=\"todo-h\">What to do, in this order</h2>\n<ol class=\"steps\">")
	for _, step := range h.steps() {
		if step.purge {
			h.put("\n<li><p>%s. <a href=\"#purge\">How to purge keys</a></p>\n\n</li>", purgeStep)
			continue
		}
		h.put("\n<li><p>%s</p>\n", step.text+step.end(step.keys))
		if step.keys {
			h.keys()
		}
		h.put("\n")
		for _, command := range step.commands {
			h.put(`<pre class="command"><code>%s</code></pre>`, command)
		}
		h.put("</li>")
	}
	h.put("\n</ol>\n<ul class=\"remarks\">")
	for _, remark := range h.remarks() {
		h.put("<li>%s</li>", remark)
	}
	h.put("</ul>\n</section>\n")
}

// keys lists the keys to revoke.
func (h *htmlReport) keys() {
	h.put(`<ul class="keys">`)
	for i, f := range h.tally.keys {
		if i == maxKeys {
			h.put("<li>and %s more, below</li>", number(len(h.tally.keys)-i))
			break
		}
		h.put("<li><span>tenant <code>%s</code></span> <span>key ID <code>%s</code></span></li>", neutral.Log(f.Key.TenantID), neutral.Log(f.Key.KeyID))
	}
	h.put("</ul>")
}

// purging says how to remove keys from history.
func (h *htmlReport) purging(p *purge) {
	h.put(`<section id="purge" aria-labelledby="purge-h">
<h2 id="purge-h">Purge keys from history, after revoking them</h2>
<p>A revoked key is harmless in history. Rewriting history changes the ID of every later commit, breaks open branches and pull requests, and does not change clones and forks. Do it only where a policy requires it, and never instead of revoking. You need <a href="https://github.com/newren/git-filter-repo">git filter-repo</a>.</p>
<ol class="steps">
<li><p>Ask everybody to push their work. Then make a fresh copy:</p>
<pre class="command"><code>git clone --mirror %s purge.git
cd purge.git</code></pre></li>
`, p.Remote)
	if len(p.Expressions) > 0 {
		h.put(`<li><p>Save these lines as <code>keys.txt</code> in the copy. Each line finds a key by its tenant and key ID, which are not secret. Never write a token to a file.</p>
<pre class="command"><code id="expressions">%s</code></pre></li>
<li><p>Replace the keys in text files and messages.</p>
<pre class="command"><code id="replace">%s</code></pre></li>
`, strings.Join(p.Expressions, "\n"), replaceKeys)
	}
	if len(p.Paths) > 0 {
		h.put(`<li><p>No expression finds a key in these files, since it is encoded, packed, in pieces or in a binary file. The command removes the files from all commits, including the newest. Keep a copy, and add each file again without the key.</p>
<pre class="command"><code id="paths">%s</code></pre></li>
`, p.removal())
	}
	for _, remark := range p.remarks() {
		h.put("<li><p>%s</p></li>\n", remark)
	}
	h.put(`<li><p>Check that no key is left, and push:</p>
<pre class="command"><code>qasleaks scan .
git remote add origin %s
git push --force --all
git push --force --tags</code></pre></li>
<li><p>Ask the hosting service to delete cached views and old pull requests, and ask everybody to clone the repository again: a push from an old clone restores the keys.</p></li>
</ol>
</section>
`, p.Remote)
}

func (h *htmlReport) suppressions(suppressed []*scanner.Finding) {
	h.put(`<section id="suppressed" aria-labelledby="suppressed-h">
<h2 id="suppressed-h">Suppressed findings</h2>
<p>These findings do not count, for the reason given.</p>
<div class="table"><table>
<thead><tr><th scope="col">Finding</th><th scope="col">By</th><th scope="col">Reason</th><th scope="col">Until</th></tr></thead>
<tbody>`)
	for _, f := range suppressed {
		until := "no end date"
		if !f.Suppressed.Until.IsZero() {
			until = date(f.Suppressed.Until)
		}
		h.put("\n<tr><td class=\"what\"><code>%s</code><span class=\"quiet\">fingerprint %s</span></td><td>%s</td><td>%s</td><td>%s</td></tr>",
			name(f), f.Fingerprint, neutral.Log(f.Suppressed.By), neutral.Log(f.Suppressed.Reason), until)
	}
	h.put("\n</tbody></table></div>\n</section>\n")
}

// coverage says what was read, and what was not.
func (h *htmlReport) coverage() {
	failed, skipped := h.skips(scanner.SkipFailed), h.skips(scanner.SkipPolicy)
	h.put("<section id=\"coverage\" aria-labelledby=\"coverage-h\">\n<div class=\"block\">\n<h2 id=\"coverage-h\">Coverage</h2>\n<p>Scanned %s. This report says nothing about what was not read.", h.amount())
	if len(failed) == 0 {
		h.put(" Everything that was to be read could be read.")
	}
	h.put("</p>\n</div>\n")
	if notes := h.coverageNotes(); len(notes) > 0 {
		h.put("<ul>")
		for _, note := range notes {
			h.put("<li>%s</li>", note)
		}
		h.put("</ul>")
	}
	h.put("\n")
	if len(failed) > 0 {
		h.put(`<h3 class="failed">Could not be read (%s)</h3>`, number(len(failed)))
		h.list(failed)
	}
	h.put("\n")
	if len(skipped) > 0 {
		h.put("<details><summary>Skipped by policy (%s)</summary>", number(len(skipped)))
		h.list(skipped)
		h.put("</details>")
	}
	h.put("\n</section>\n")
}

func (h *htmlReport) list(skips []scanner.Skip) {
	h.put(`<ul class="skips">`)
	for _, s := range skips[:min(len(skips), maxHTMLSkips)] {
		h.put("<li><code>%s</code> %s</li>", neutral.Log(s.Path), neutral.Log(s.Reason))
	}
	if left := len(skips) - maxHTMLSkips; left > 0 {
		h.put("<li>and %s</li>", number(left)+moreInJSON)
	}
	h.put("</ul>")
}

// findings writes a table of all findings, and cards of the most urgent.
func (h *htmlReport) findings() {
	h.put("<section id=\"findings\" aria-labelledby=\"findings-h\">\n<div class=\"overview")
	if len(h.found) <= maxPrinted {
		h.put(" screen")
	}
	h.put(`">
<h2 id="findings-h">Findings, the most urgent first</h2>
<form class="search" role="search" hidden><label for="q">Search keys, paths, commits, fingerprints</label><input id="q" type="search" autocomplete="off" spellcheck="false"><output id="hits" for="q"></output></form>
<div class="table"><table>
<thead><tr><th scope="col">#</th><th scope="col">Severity</th><th scope="col">Finding</th><th scope="col">Location</th><th scope="col">Exposed</th></tr></thead>
<tbody>`)
	for i, f := range h.found {
		f = h.load(f)
		h.row(i, f)
	}
	h.put("\n</tbody></table></div>\n</div>\n\n<p class=\"legend\" aria-hidden=\"true\">")
	for i, class := range []string{"created", "committed", "moved", "removed", "past", "now"} {
		if i > 0 {
			h.put(" ")
		}
		text := class
		if class == "past" {
			text = "only in history"
		}
		h.put("<span>")
		h.sign(class)
		h.put(" %s</span>", text)
	}
	h.put("</p>\n\n")
	for i, f := range h.found[:min(len(h.found), maxCards)] {
		h.card(i+1, h.load(f))
	}
	if left := len(h.found) - maxCards; left > 0 {
		h.put(`<p class="quiet">%s more findings are listed only in the table above; --format json has all.</p>`, number(left))
	}
	h.put("\n<p id=\"none\" hidden>No finding matches.</p>\n</section>\n")
}

// row is the row of a finding in the table.
func (h *htmlReport) row(i int, f *scanner.Finding) {
	severity := f.Severity.String()
	h.put("\n<tr class=\"item %s\"><td class=\"number\">%d</td><td class=\"grade\"><span class=\"badge %s\">%s</span></td><td class=\"what\">", severity, i+1, severity, severity)
	format := "%s"
	if kindOf(f) != lintFinding && f.Key != (rules.Key{}) {
		format = "<code>%s</code>"
	}
	if i < maxCards {
		h.put(`<a href="#%s">`, anchorOf(f))
		format += "</a>"
	}
	h.put(format, name(f))
	if title(f) != name(f) {
		h.put(`<span class="quiet">%s</span>`, title(f))
	}
	h.put(`</td><td class="place"><code>%s</code><span class="quiet">%s`, h.view.place(&f.Occurrences[primaryOccurrence(f.Occurrences)]), h.state(f))
	if others := len(f.Occurrences) - 1; others > 0 {
		h.put(", and %s", count(others, "other place"))
	}
	exposed := ""
	for _, fact := range h.factsOf(f) {
		if fact.id == factExposed {
			exposed = strings.TrimPrefix(fact.value, inClientCode+", ") // the state says it
		}
	}
	h.put(`</span></td><td class="since">%s<span class="fingerprint" hidden>%s</span></td></tr>`, exposed, f.Fingerprint)
}
