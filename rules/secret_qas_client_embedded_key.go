package rules

// ClientEmbeddedID is the ID of the rule for the keys that other rules found in
// client-side code.
const ClientEmbeddedID = "qas-client-embedded-key"

// qasClientEmbeddedKey does not search: only the whole of a file shows whether it is
// client-side code, and only the scanner has the whole of it.
var qasClientEmbeddedKey = Rule{
	ID:    ClientEmbeddedID,
	Title: "QA Sphere API key in client-side code",
	Help: `A QA Sphere API key is in code that runs on clients: a browser bundle, a source map, an
inline script of a page, a service worker, a mobile or desktop application or the
resources of its sources (` + "`res/values`, `src/main/assets`, `Info.plist`" + `), a browser
extension, or a published npm package. Anyone who opens the page or has the application
can read the key, even in minified code, and call the QA Sphere API as the user who
created it.

A file is recognized as client-side code by how it is built (the runtime of its bundler,
a manifest), and not only by its folder. Keys in server bundles, test scripts and test
reports are reported by other rules.

## Remediation

1. Revoke the key now: QA Sphere, Settings → API Keys, by tenant and key ID. Removing it
   from the next build does not protect it: people have this build.
2. Keep keys out of builds. Bundlers copy variables with prefixes such as ` + "`VITE_`" + `,
   ` + "`NEXT_PUBLIC_` or `REACT_APP_`" + ` into the bundle, and those that ` + "`define`" + ` or
   ` + "`EnvironmentPlugin`" + ` names.
3. Call QA Sphere from a server that has the new key in its environment, and let the
   client call that server.
4. Check the audit log for use that was not yours.
`,
	Severity:   Error,
	Confidence: High,
}
