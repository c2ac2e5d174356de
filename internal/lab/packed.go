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
	{"xz", "upload.log.xz", "", []string{"xz"}, xzipped},
	{"lzma", "upload.log.lzma", "", []string{"lzma"}, lzmaPacked},
	{"lz4", "upload.log.lz4", "", []string{"lz4"}, lz4Packed},
	{"snappy", "upload.log.sz", "", []string{"snappy"}, snappyPacked},
	{"deb", "ci-agent_1.0_all.deb", "./etc/ci.env", []string{"ar:data.tar.xz", "xz", "tar:./etc/ci.env"}, inside(tarred, xzipped, renamed("data.tar.xz", ar))},
	{"rpm", "ci-agent-1.0-1.noarch.rpm", "./etc/ci.env", []string{"rpm", "gzip", "cpio:./etc/ci.env"}, inside(cpio, gzipped, rpm)},
	{"initrd", "initrd.img", "etc/ci.env", []string{"zstd", "cpio:etc/ci.env"}, inside(cpio, zstandard)},
	{"pdf", "how-to.pdf", "", []string{"pdf:stream 1"}, pdf},
	{"self-extracting", "setup.exe", "config.ini", []string{"zip:config.ini"}, inside(zipped, signed)},
	{"cut-zip", "trace.zip", "0-trace.network", []string{"zip:0-trace.network"}, inside(zipped, cut)},
	{"blob-report-cut", "report-1.zip", "report.jsonl", []string{"zip:resources/1.zip", "zip:report.jsonl"}, inside(zipped, cut, renamed("resources/1.zip", zipped), cut)},
	{"terraform", "main.tf", "", []string{"base64", "gzip"}, inside(gzipped, encoded("resource \"aws_instance\" \"ci\" {\n  user_data_base64 = \"", "\"\n}\n", 0, ""))},
	{"cloud-init", "user-data.yaml", "", []string{"base64", "gzip"}, inside(gzipped, encoded("write_files:\n- encoding: gz+b64\n  content: ", "\n  path: /x\n", 0, ""))},
	{"helm-release", "release.yaml", "", []string{"base64", "base64", "gzip"}, inside(gzipped, encoded("", "", 0, ""), encoded("data:\n  release: ", "\ntype: helm.sh/release.v1\n", 0, ""))},
	{"robot-log", "log.html", "", []string{"base64", "zlib"}, inside(zlibbed, encoded("<script>\nwindow.output[\"strings\"] = window.output[\"strings\"].concat([\"*\",\"*x\",\"", "\"]);\n</script>\n", 0, ""))},
	{"mail-attachment", "build.eml", "upload.log", []string{"base64", "zip:upload.log"}, inside(zipped, encoded("Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n", "\r\n\r\n--0000--\r\n", 76, "\r\n"))},
	{"json-body", "body.json", "", []string{"base64", "zstd"}, inside(zstandard, encoded(`{"body":"`, "\"}\n", 76, `\n`))},
	{"saved-page", "report.mhtml", "report.json", []string{"base64", "zip:report.json"}, inside(zipped, encoded("Content-Transfer-Encoding: quoted-printable\n\n<script>x=3D\"data:application/zip;base64,=\n", "\";</script>\n", 75, "=\n"))},
	{"json-twice", "event.json", "", []string{"base64", "gzip"}, inside(gzipped, encoded(`{"body":"{\"data\":\"`, "\\\"}\"}\n", 76, `\\n`))},
	{"shell-archive", "unpack.sh", "", []string{"base64", "gzip"}, inside(gzipped, encoded("echo \"", "\" | base64 -d | gunzip\n", 76, "\\\n"))},
	{"config-map", "binary.yaml", "run/upload.log", []string{"base64", "xz", "tar:run/upload.log"}, inside(tarred, xzipped, encoded("binaryData:\n  run.tar.xz: |\n    ", "\nkind: ConfigMap\n", 64, "\n    "))},
	{"leveldb-table", "000005.ldb", "", []string{"leveldb:block 1"}, table},
	{"sqlite-overflow", "state.vscdb", "", []string{"sqlite:page 2 cell 1"}, sqliteOverflow},
	{"playwright-report", "index.html", "report.json", []string{"base64", "zip:report.json"}, inside(zipped, page)},
}

// PackedCarriers returns the names of the carriers that are archives, or compressed.
func PackedCarriers() []string {
	var names []string
	for _, c := range packedCarriers {
		names = append(names, c.name)
	}
	return names
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
