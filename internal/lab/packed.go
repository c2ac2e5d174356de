package lab

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"github.com/klauspost/compress/zstd"
)

// packedCarrier writes an archive or a compressed file that contains a text.
type packedCarrier struct {
	name, file string
	// member is the name of the file in the archive, and layers the way to it.
	member string
	layers []string
	pack   func(member string, text []byte) ([]byte, error)
}

var packedCarriers = []packedCarrier{
	{"zip", "backup.zip", "e2e/.env", []string{"zip:e2e/.env"}, zipped},
	{"playwright-trace", "trace.zip", "0-trace.network", []string{"zip:0-trace.network"}, zipped},
	{"jar", "client.jar", "application.properties", []string{"zip:application.properties"}, zipped},
	{"wheel", "client-1.0-py3-none-any.whl", "client/settings.py", []string{"zip:client/settings.py"}, zipped},
	{"docx", "how-to.docx", "word/document.xml", []string{"zip:word/document.xml"}, zipped},
	{"xlsx", "keys.xlsx", "xl/sharedStrings.xml", []string{"zip:xl/sharedStrings.xml"}, zipped},
	{"apk", "app.apk", "assets/index.android.bundle", []string{"zip:assets/index.android.bundle"}, zipped},
	{"ipa", "App.ipa", "Payload/App.app/main.jsbundle", []string{"zip:Payload/App.app/main.jsbundle"}, zipped},
	{"aab", "app.aab", "base/assets/config.json", []string{"zip:base/assets/config.json"}, zipped},
	{"vsix", "helper.vsix", "extension/out/extension.js", []string{"zip:extension/out/extension.js"}, zipped},
	{"tar", "logs.tar", "run/upload.log", []string{"tar:run/upload.log"}, tarred},
	{"gzip", "upload.log.gz", "", []string{"gzip"}, gzipped},
	{"zstandard", "upload.log.zst", "", []string{"zstd"}, zstandard},
	{"npm-package", "reporter-1.0.0.tgz", "package/index.js", []string{"gzip", "tar:package/index.js"}, inside(tarred, gzipped)},
	{"asar", "app.asar", "main.js", []string{"asar:main.js"}, asar},
	{
		"zip-in-tar", "artifacts.tar.gz", "trace.zip",
		[]string{"gzip", "tar:artifacts/trace.zip", "zip:trace.zip"},
		inside(zipped, renamed("artifacts/trace.zip", tarred), gzipped),
	},
	{"playwright-report", "index.html", "report.json", []string{"base64", "zip:report.json"}, inside(zipped, page)},
}

// packer writes a member into an archive.
type packer = func(member string, text []byte) ([]byte, error)

// inside applies packers one after the other.
func inside(packers ...packer) packer {
	return func(member string, text []byte) ([]byte, error) {
		for _, pack := range packers {
			var err error
			if text, err = pack(member, text); err != nil {
				return nil, err
			}
		}
		return text, nil
	}
}

func renamed(member string, pack packer) packer {
	return func(_ string, text []byte) ([]byte, error) { return pack(member, text) }
}

func zipped(member string, text []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(member)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

func tarred(member string, text []byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: member, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

func gzipped(_ string, text []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

func zstandard(_ string, text []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(text, nil), nil
}

// asar writes an archive as @electron/asar does.
func asar(member string, text []byte) ([]byte, error) {
	header, err := json.Marshal(map[string]any{"files": map[string]any{member: map[string]any{"size": len(text), "offset": "0"}}})
	if err != nil {
		return nil, err
	}
	padded := (len(header) + 3) / 4 * 4
	var b []byte
	for _, n := range []int{4, padded + 8, padded + 4, len(header)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = append(append(b, header...), make([]byte, padded-len(header))...)
	return append(b, text...), nil
}

// page returns an HTML report like Playwright's, with an archive in it.
func page(_ string, archive []byte) ([]byte, error) {
	return []byte("<!DOCTYPE html>\n<html><body><script>\nwindow.playwrightReportBase64 = \"data:application/zip;base64," +
		base64.StdEncoding.EncodeToString(archive) + "\";</script></body></html>\n"), nil
}

// addPacked plants a key in a member of an archive.
func (c *Corpus) addPacked(m *maker, carrier packedCarrier) {
	const before = "# Uploads results\nAuthorization: ApiKey "
	key := m.key(Structured)
	text := []byte(before + key.String() + "\n")
	data, err := carrier.pack(carrier.member, text)
	if err != nil {
		panic(err) // it is written to memory
	}
	p := Planted{
		Path: "files/plain/" + string(Structured) + "/" + carrier.name + "/" + carrier.file, TenantID: key.Tenant, KeyID: key.ID, Kind: Structured,
		Carrier: carrier.name, Encoding: plainName, Rule: "apikey-header", Layers: carrier.layers,
	}
	if carrier.name == "ipa" || carrier.name == "asar" {
		p.Rule = "qas-client-embedded-key" // because of its layout
	}
	p.Line, p.Column = place(text, len(before))
	p.EndLine, p.EndColumn = place(text, len(before)+len(key.String()))
	c.Manifest.Planted = append(c.Manifest.Planted, p)
	c.Files = append(c.Files, File{p.Path, data})
}
