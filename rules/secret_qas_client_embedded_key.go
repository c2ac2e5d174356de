package rules

// ClientEmbeddedID is the ID of the rule that names the keys which other rules saw in
// what is delivered to clients.
const ClientEmbeddedID = "qas-client-embedded-key"

// qasClientEmbeddedKey looks for nothing itself: whether a file is delivered to
// clients shows in the whole of it, which the scanner sees and a window does not.
var qasClientEmbeddedKey = Rule{
	ID:    ClientEmbeddedID,
	Title: "QA Sphere API key in what is delivered to clients",
	Help: `A QA Sphere API key stands in what is delivered to clients: a bundle made for
browsers, a source map, an inline script of a page, a service worker, an application
for phones or desktops, a browser extension, a published npm package. Everybody who
opens the page or has the application can read it, minified or not, and call the
QA Sphere API as the person who made the key.

What a file is shows in how it is built (the runtime of its bundler, a manifest), not
in the folder alone. Bundles for servers, test scripts and reports of tests are left
to the other rules.

## Remediation

1. Revoke the key now: QA Sphere, Settings → API Keys, by tenant and key ID. Taking it
   out of the next build does not take it back from those who have this one.
2. Keep keys out of what is built: bundlers write variables with prefixes such as
   ` + "`VITE_`, `NEXT_PUBLIC_` or `REACT_APP_`" + ` into the bundle, and whatever ` + "`define`" + ` or
   ` + "`EnvironmentPlugin`" + ` names.
3. Have a server of yours call QA Sphere, with the new key in its environment, and the
   client call that server.
4. Look at the audit log for use that was not yours.
`,
	Severity:   Error,
	Confidence: High,
}
