package scanner_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// member is a file by its path and its text, in which placeholders are expanded.
type member struct{ name, text string }

const (
	plainScript = `const token = "{{key 1}}"`
	bundle      = `(self.webpackChunk=self.webpackChunk||[]).push([[1],{1(e){fetch(e,{headers:{Authorization:"ApiKey {{key 1}}"}})}}]);`
	extension   = `{"manifest_version": 3, "name": "Acme", "background": {"service_worker": "back.js"}}`
	npmCLI      = `{"name": "@acme/cli", "files": ["lib", "!lib/own"], "bin": {"acme": "./cli.js"}, "main": "index.js"}`
)

// TestDelivery scans files with a key and checks that the message of the finding says
// how they ship to clients; "" if they do not.
func TestDelivery(t *testing.T) {
	for name, test := range map[string]struct {
		files []member
		want  string
	}{
		"Android package":   {[]member{{"app.apk", zipOf(t, member{"AndroidManifest.xml", "\x03\x00"}, member{"res/raw/config", "{{key 1}}"})}}, "in an Android package"},
		"Android bundle":    {[]member{{"app.aab", zipOf(t, member{"base/res/raw/config", "{{key 1}}"}, member{"base/manifest/AndroidManifest.xml", "x"})}}, "in an Android package"},
		"iOS application":   {[]member{{"app.ipa", zipOf(t, member{"Payload/Acme.app/main.jsbundle", plainScript})}}, "in an iOS application"},
		"asar":              {[]member{{"resources/app.asar", asarOf(plainScript)}}, "in an Electron application"},
		"extension, packed": {[]member{{"acme.xpi", zipOf(t, member{"manifest.json", extension}, member{"back.js", plainScript})}}, "in a browser extension"},
		"extension in a release": {
			[]member{{"release.zip", zipOf(t, member{"acme.crx", "Cr24\x03\x00\x00\x00" + zipOf(t, member{"manifest.json", extension}, member{"back.js", plainScript})})}},
			"in a browser extension",
		},
		"web app's manifest": {[]member{{"site.zip", zipOf(t, member{"manifest.json", `{"name": "Acme", "icons": []}`}, member{"a.js", plainScript})}}, ""},
		"npm tarball":        {[]member{{"acme-cli-1.0.0.tar", tarOf(t, member{"package/package.json", npmCLI}, member{"package/cli.js", "#!/usr/bin/env node\n" + plainScript})}}, "in the published files of npm package @acme/cli"},
		"private tarball":    {[]member{{"own.tar", tarOf(t, member{"package/package.json", `{"name": "own", "private": true}`}, member{"package/a.js", plainScript})}}, ""},
		"bundle in a zip":    {[]member{{"site.zip", zipOf(t, member{"static/js/main.js", bundle})}}, "in a webpack bundle"},
		"bundle in a trace":  {[]member{{"trace.zip", zipOf(t, member{"resources/1f.js", bundle}, member{"0-trace.network", "{}"})}}, ""},
		"sources in a zip":   {[]member{{"src.zip", zipOf(t, member{"src/a.js", plainScript})}}, ""},

		"Android resource":     {[]member{{"app/src/main/res/values-de/strings.xml", `<string name="k">{{key 1}}</string>`}}, "in the resources of an Android application"},
		"Android asset":        {[]member{{"app/src/main/assets/config.properties", `k={{key 1}}`}}, "in the assets of an Android application"},
		"asset of a test":      {[]member{{"app/src/test/assets/config.properties", `k={{key 1}}`}}, ""},
		"values elsewhere":     {[]member{{"values/strings.xml", `<string name="k">{{key 1}}</string>`}}, ""},
		"Info.plist":           {[]member{{"ios/Acme/Info.plist", `<key>Key</key><string>{{key 1}}</string>`}}, "in the Info.plist of an Apple application"},
		"Info.plist, prefixed": {[]member{{"ios/Acme-Info.plist", `<key>Key</key><string>{{key 1}}</string>`}}, "in the Info.plist of an Apple application"},
		"another plist":        {[]member{{"ios/MyInfo.plist", `<key>Key</key><string>{{key 1}}</string>`}}, ""},
		"Hermes":               {[]member{{"index.android.bundle", "\xc6\x1f\xbc\x03\xc1\x03\x19\x1f\x60\x00\x00\x00 {{key 1}} "}}, "in a React Native bundle (Hermes bytecode)"},
		"extension, on disk":   {[]member{{"ext/manifest.json", extension}, {"ext/back.js", plainScript}}, "in a browser extension"},
		"next to an extension": {[]member{{"manifest.json", extension}, {"scripts/upload.js", plainScript}}, ""},
		"Cordova":              {[]member{{"config.xml", `<widget id="acme">`}, {"www/js/index.js", plainScript}}, "in the pages of a Cordova application"},
		"a folder www":         {[]member{{"www/js/index.js", plainScript}}, ""},
		"npm, listed":          {[]member{{"package.json", npmCLI}, {"lib/api.js", plainScript}}, "in the published files of npm package @acme/cli"},
		"npm, a command":       {[]member{{"package.json", npmCLI}, {"cli.js", plainScript}}, "in the published files of npm package @acme/cli"},
		"npm, not listed":      {[]member{{"package.json", npmCLI}, {"test/api.js", plainScript}}, ""},
		"npm, excluded":        {[]member{{"package.json", npmCLI}, {"lib/own/api.js", plainScript}}, ""},
		"npm, private":         {[]member{{"package.json", strings.Replace(npmCLI, "{", `{"private": true, `, 1)}, {"lib/api.js", plainScript}}, ""},
		"npm, lists no files":  {[]member{{"package.json", `{"name": "tests", "main": "index.js"}`}, {"index.js", plainScript}}, ""},
		"inner package":        {[]member{{"package.json", npmCLI}, {"lib/package.json", `{"name": "inner"}`}, {"lib/a.js", plainScript}}, ""},
		"settings":             {[]member{{"public/env.js", `window.__ENV__ = { QAS_TOKEN: "{{key 1}}" }`}}, "in a settings script for the browser"},
		"settings, elsewhere":  {[]member{{"setup/env.js", `window.__ENV__ = { QAS_TOKEN: "{{key 1}}" }`}}, ""},
		"a source map's place": {[]member{{"dist/a.js.map", `{"version":3,"sources":["webpack:///./src/x.ts","webpack:///./src/api.ts"],"sourcesContent":["1","k='{{key 1}}'"],"mappings":""}`}}, "in a source map, of src/api.ts"},
		"bundle of a server":   {[]member{{".next/server/app/page.js", bundle}}, ""},
		"bundle of a test":     {[]member{{"cypress/support/index.js", bundle}}, ""},
		"bundle in dist":       {[]member{{"dist/app.js", bundle}}, "in a webpack bundle"},
		"bundle of dependency": {[]member{{"node_modules/acme/dist/app.js", bundle}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range test.files {
				path := filepath.Join(dir, filepath.FromSlash(file.name))
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(keytest.Expand(file.text)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{Now: keytest.Made})
			if err != nil || len(result.Findings) != 1 {
				t.Fatalf("%d findings, %v", len(result.Findings), err)
			}
			f := result.Findings[0]
			want := "QA Sphere API key of tenant " + keytest.TenantID(1) + " " + test.want
			if isClient := f.Rule.ID == rules.ClientEmbeddedID; isClient != (test.want != "") || isClient != f.Exposure.Client || isClient && f.Message != want {
				t.Errorf("%s, client %t: %q, want %q", f.Rule.ID, f.Exposure.Client, f.Message, test.want)
			}
		})
	}
}

// If the rule is not selected, the exposure still reports client-side code. If it is
// the only one selected, nothing else is reported.
func TestDeliveryRules(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.js": bundle, "b.js": strings.ReplaceAll(plainScript, "1", "2")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(keytest.Expand(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]string{
		"qas-api-key":          "qas-api-key true, qas-api-key false, ",
		rules.ClientEmbeddedID: rules.ClientEmbeddedID + " true, ",
		"qas-api-key-short":    "",
	} {
		selected, err := rules.Select([]string{id})
		if err != nil {
			t.Fatal(err)
		}
		result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{Rules: selected})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range result.Findings {
			got += fmt.Sprintf("%s %t, ", f.Rule.ID, f.Exposure.Client)
		}
		if got != want {
			t.Errorf("only %s: %s, want %s", id, got, want)
		}
	}
}

func zipOf(t *testing.T, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(keytest.Expand(m.text))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarOf(t *testing.T, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		text := keytest.Expand(m.text)
		if err := w.WriteHeader(&tar.Header{Name: m.name, Mode: 0o600, Size: int64(len(text)), Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// asarOf returns an archive of one file in the format of @electron/asar.
func asarOf(text string) string {
	text = keytest.Expand(text)
	header := fmt.Sprintf(`{"files":{"main.js":{"size":%d,"offset":"0"}}}`, len(text))
	padded := (len(header) + 3) &^ 3
	size := func(n int) string { return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}) }
	return size(4) + size(padded+8) + size(padded+4) + size(len(header)) + header + strings.Repeat("\x00", padded-len(header)) + text
}
