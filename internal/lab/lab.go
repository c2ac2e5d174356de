// Package lab makes corpora to measure accuracy with: synthetic keys in every
// carrier that is known to hold them, in every encoding, and in every way in which
// git remembers; and decoys that look alike and are no keys. A manifest says what
// is where. The same seed makes the same corpus.
//
// A carrier is a file of carriers/*.txtar, or a function in binary.go; an encoding
// is a value in encodings.go; a decoy is a file of decoys.txtar; a shape of
// history is a function in shapes.go.
package lab

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Corpus is a set of files, and what is in them.
type Corpus struct {
	Files    []File
	Manifest Manifest
}

// File is one file of a corpus. Its path has slashes.
type File struct {
	Path string
	Data []byte
}

// Manifest tells what a corpus holds. It has no token in it.
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
	// Kind is the kind of its key ID.
	Kind Kind `json:"kind"`
	// Carrier and Encoding say what it is in. An encoding is of the key alone, or
	// of the whole file.
	Carrier  string `json:"carrier"`
	Encoding string `json:"encoding"`
	// Rule names it where the carrier is plain text; empty where any rule may.
	Rule string `json:"rule,omitempty"`
	// Layers are the encodings to undo, outermost first, as a report names them; nil
	// where it may name them or not, since they only stand between the key's pieces.
	Layers []string `json:"layers"`
	// Line and Column count from 1, columns in UTF-16 code units; the end is the
	// place after the last character. They are zero for a place in history.
	Line      int `json:"line,omitempty"`
	Column    int `json:"column,omitempty"`
	EndLine   int `json:"endLine,omitempty"`
	EndColumn int `json:"endColumn,omitempty"`
	// History is the shape of history it is in; empty for a file on disk.
	History string `json:"history,omitempty"`
}

// Decoy is a file that holds no key.
type Decoy struct {
	Path string `json:"path"`
	// Kind says what it looks like a key by.
	Kind string `json:"kind"`
	// Most is the gravest severity that may be raised about it: "none", "note" for
	// documented examples, "warning" for credentials of other makers.
	Most string `json:"most"`
}

// New makes the corpus of a seed.
func New(seed uint64) *Corpus {
	c := &Corpus{Manifest: Manifest{Seed: seed}}
	m := &maker{seed: seed, Rand: rand.New(rand.NewPCG(seed, 0x6c6162))}
	for _, carrier := range textCarriers() {
		c.addText(m, carrier)
	}
	for _, carrier := range binaryCarriers {
		c.addBinary(m, carrier)
	}
	c.addDecoys(m)
	return c
}

// addText plants keys in a carrier: as it is, with each key encoded, and with the
// whole file encoded. Where a rule rests on context, and not on a valid key ID,
// it is also given keys whose ID has no structure.
func (c *Corpus) addText(m *maker, carrier carrier) {
	for _, kind := range carrier.kinds() {
		for _, e := range allEncodings {
			if !e.whole && (kind != Structured || !carrier.wholeKeys) {
				continue
			}
			if len(e.layers) > 1 && strings.Contains(carrier.text, "{{basic}}") {
				continue // base64 three times over is not looked for
			}
			path := fmt.Sprintf("files/%s/%s/%s/%s", slug(e.name), kind, carrier.name, carrier.file)
			data, planted := carrier.write(m, kind, e)
			for _, p := range planted {
				p.Path, p.Carrier, p.Encoding, p.Kind = path, carrier.name, e.name, kind
				c.Manifest.Planted = append(c.Manifest.Planted, p)
			}
			c.Files = append(c.Files, File{path, data})
		}
	}
}

// addBinary plants a key in a carrier that is no text.
func (c *Corpus) addBinary(m *maker, carrier binaryCarrier) {
	path := fmt.Sprintf("files/plain/%s/%s/%s", Structured, carrier.name, carrier.file)
	key := m.key(Structured)
	data, at := carrier.write(m, key.String())
	p := Planted{
		Path: path, TenantID: key.Tenant, KeyID: key.ID, Kind: Structured, Carrier: carrier.name, Encoding: plainName,
		Rule: "qas-api-key", Layers: []string{},
	}
	p.Line, p.Column = place(data, at)
	p.EndLine, p.EndColumn = place(data, at+len(key.String()))
	c.Manifest.Planted = append(c.Manifest.Planted, p)
	c.Files = append(c.Files, File{path, data})
}

// Write writes the files of a corpus below a directory, with its manifest as
// manifest.json.
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
