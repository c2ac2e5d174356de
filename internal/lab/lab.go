// Package lab generates corpora that measure accuracy: synthetic keys in every kind of
// file that is known to contain them (carriers), in every encoding, and in every place
// where git can keep them (shapes of history); and decoys, which resemble keys but are
// not. A manifest says what is where. The same seed generates the same corpus.
//
// A carrier is a file of carriers/*.txtar, or a function in binary.go or packed.go, or a value in
// folded.go; an
// encoding is a value in encodings.go; a decoy is a file of decoys.txtar; a shape of
// history is a function in history.go.
package lab

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Corpus is a set of files, and a manifest of what is in them.
type Corpus struct {
	Files    []File
	Manifest Manifest
}

// File is one file of a corpus. Its path has slashes.
type File struct {
	Path string
	Data []byte
}

// Manifest describes the content of a corpus. It contains no token.
type Manifest struct {
	Seed    uint64    `json:"seed"`
	Planted []Planted `json:"planted"`
	Decoys  []Decoy   `json:"decoys"`
}

// Planted is one key in one place.
type Planted struct {
	Path     string `json:"path"`
	TenantID string `json:"tenantId"`
	KeyID    string `json:"keyId"`
	// Severity is how bad the finding must be.
	Severity string `json:"severity"`
	// Kind is the kind of its key ID.
	Kind Kind `json:"kind"`
	// Carrier and Encoding say what it is in. An encoding is applied either to the
	// key or to the whole file.
	Carrier  string `json:"carrier"`
	Encoding string `json:"encoding"`
	// Rule is the ID of the rule that must find it, if the file is plain text; empty if
	// any rule may.
	Rule string `json:"rule,omitempty"`
	// Layers are the encodings to undo, outermost first, as a report names them. It is
	// nil if a report may omit them, because they apply only between the key's parts.
	Layers []string `json:"layers"`
	// Line and Column count from 1, columns in UTF-16 code units; the end is the
	// place after the last character. They are zero for a place in history.
	Line      int `json:"line,omitempty"`
	Column    int `json:"column,omitempty"`
	EndLine   int `json:"endLine,omitempty"`
	EndColumn int `json:"endColumn,omitempty"`
	// History is the shape of history that it is in; empty for a file on disk.
	History string `json:"history,omitempty"`
}

// Decoy is a file that contains no key.
type Decoy struct {
	Path string `json:"path"`
	// Kind says what it contains instead.
	Kind string `json:"kind"`
	// Most is the highest severity that a finding in it may have: "none", "note" for
	// documented examples, "warning" for credentials of other services.
	Most string `json:"most"`
}

// New generates the corpus of a seed.
func New(seed uint64) *Corpus {
	c := &Corpus{Manifest: Manifest{Seed: seed}}
	m := &maker{seed: seed, Rand: rand.New(rand.NewPCG(seed, 0x6c6162))}
	all := textCarriers()
	for _, carrier := range all {
		if carrier.encodings == nil {
			c.addText(m, carrier)
		}
	}
	for _, carrier := range binaryCarriers {
		c.addBinary(m, carrier)
	}
	for _, carrier := range packedCarriers {
		c.addPacked(m, carrier)
	}
	for _, carrier := range foldedCarriers {
		c.addFolded(m, carrier)
	}
	c.addDecoys(m)
	// Those of which there are many come last: the keys of the others do not depend on them.
	for _, carrier := range all {
		if carrier.encodings != nil {
			c.addText(m, carrier)
		}
	}
	return c
}

// addText plants keys in a carrier: in plain text, with each key encoded, and with the
// whole file encoded. If a rule depends on context instead of a valid key ID, it is also
// tested with keys whose ID has no structure.
func (c *Corpus) addText(m *maker, carrier carrier) {
	for _, kind := range carrier.kinds() {
		for _, e := range allEncodings {
			if carrier.encodings != nil && !slices.Contains(carrier.encodings, e.name) {
				continue
			}
			if e.name != plainName && !e.whole && (kind != Structured || !carrier.wholeKeys) {
				continue
			}
			if (len(e.layers) > 1 || e.name == quotedName) && strings.Contains(carrier.text, "{{basic}}") {
				continue // base64 three times, or with soft line ends in it, is not searched
			}
			path := fmt.Sprintf("files/%s/%s/%s/%s", slug(e.name), kind, carrier.name, carrier.file)
			data, planted := carrier.write(m, kind, e)
			for _, p := range planted {
				p.Path, p.Carrier, p.Encoding, p.Kind, p.Severity = path, carrier.name, e.name, kind, carrier.severity()
				c.Manifest.Planted = append(c.Manifest.Planted, p)
			}
			c.Files = append(c.Files, File{path, data})
		}
	}
}

// addBinary plants a key in a binary carrier.
func (c *Corpus) addBinary(m *maker, carrier binaryCarrier) {
	path := fmt.Sprintf("files/plain/%s/%s/%s", Structured, carrier.name, carrier.file)
	key := m.key(Structured)
	data, at := carrier.write(m, key.String())
	p := Planted{
		Path: path, TenantID: key.Tenant, KeyID: key.ID, Kind: Structured, Carrier: carrier.name, Encoding: plainName,
		Rule: carrier.rule(), Layers: []string{},
	}
	p.Line, p.Column = place(data, at)
	p.EndLine, p.EndColumn = place(data, at+len(key.String()))
	c.Manifest.Planted = append(c.Manifest.Planted, p)
	c.Files = append(c.Files, File{path, data})
}

// Write writes the files of a corpus, and its manifest as manifest.json, to a
// directory.
func (c *Corpus) Write(dir string) error {
	manifest, err := json.MarshalIndent(c.Manifest, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range append(c.Files[:len(c.Files):len(c.Files)], File{"manifest.json", append(manifest, '\n')}) {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			return err
		}
	}
	return nil
}
