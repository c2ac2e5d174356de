// Package odb reads git's object database: packs, loose objects, alternates.
//
// [Open] lists what there is, [DB.Read] gets one object, and [Walk] visits all
// of them, each once, over all cores, as fast as the format allows: packs are
// mapped into memory, an object that is stored as a delta is made from its
// base while the base is still in the cache, and nothing is inflated twice.
//
// Input is not trusted. What cannot be read is a [Failure], and the rest is
// read nevertheless.
package odb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// DB is an open object database. Its methods may be called from several
// goroutines.
type DB struct {
	dir      string
	hashSize int
	partial  bool
	within   string   // see Stores; without links
	stores   []string // "objects" directories: the own one, then alternates
	loaders  sync.Pool

	// packs only grows, and by replacement: readers take no lock. A pack that
	// git removes stays readable, since it is mapped.
	packs atomic.Pointer[[]*pack]

	mu       sync.Mutex // guards what follows
	known    map[string]bool
	failures []Failure
}

// Failure is something that could not be read.
type Failure struct {
	// Path is the file, with slashes, relative to the directory that was opened
	// if it is below that.
	Path string
	// OID is the object; "" if it is not known or not about one.
	OID OID
	Err error
}

// Open opens the object database in commonDir, the directory that holds
// "objects" and "config": a bare repository, or the ".git" that all work trees
// share. Alternates are opened with it. Packs and alternates that cannot be
// read are among the Failures, a pack without an index is read through to make
// one, which ctx can cut short; the error is for what leaves nothing to read.
func Open(ctx context.Context, commonDir string) (*DB, error) {
	return OpenStores(ctx, commonDir, Stores{})
}

// Stores say which directories of objects belong to a database, besides its own and
// its alternates.
type Stores struct {
	// Also are further directories of objects, such as the quarantine of a push
	// (git-receive-pack(1), "Quarantine environment").
	Also []string
	// Within, if not empty, is a directory that nothing may lie outside of: neither
	// an alternate nor what a symbolic link leads to. What does is a Failure.
	Within string
}

// OpenStores opens a database like [Open], with other stores than its own.
func OpenStores(ctx context.Context, commonDir string, stores Stores) (*DB, error) {
	config, err := readConfig(filepath.Join(commonDir, "config"))
	if err != nil {
		return nil, fmt.Errorf("open object database %s: %w", commonDir, err)
	}
	objects := filepath.Join(commonDir, "objects")
	if info, err := os.Stat(objects); err != nil {
		return nil, fmt.Errorf("open object database: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("open object database: %s is not a directory", objects)
	}
	db := &DB{
		dir:      commonDir,
		hashSize: config.hashSize,
		partial:  config.partial,
		known:    map[string]bool{},
	}
	if stores.Within != "" {
		if db.within, err = filepath.EvalSymlinks(stores.Within); err != nil {
			return nil, fmt.Errorf("open object database: %w", err)
		}
	}
	db.addStores(append([]string{objects}, stores.Also...))
	db.packs.Store(new([]*pack))
	db.relist(ctx)
	return db, nil
}

// Close unmaps the packs. Nothing of the database may be used after it, nor
// while a Walk or Read runs. OIDs stay valid.
func (db *DB) Close() error {
	var errs []error
	for _, p := range db.listed() {
		errs = append(errs, p.file.Close())
		p.data = nil
	}
	db.packs.Store(new([]*pack))
	return errors.Join(errs...)
}

// HashSize returns the length of object IDs in bytes: 20, or 32 for SHA-256.
func (db *DB) HashSize() int { return db.hashSize }

// Hash returns the ID that git gives to such an object.
func (db *DB) Hash(t Type, data []byte) OID { return hashObject(db.hashSize, t, data) }

// Promisor reports whether the repository is a partial clone: objects that are
// not found are then missing on purpose.
func (db *DB) Promisor() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.partial
}

// Failures returns what Open, and looking for new packs since, could not read.
func (db *DB) Failures() []Failure {
	db.mu.Lock()
	defer db.mu.Unlock()
	return slices.Clone(db.failures)
}

// Count returns how many objects there are at most: those that are stored
// several times are counted as often. It lists the loose objects.
func (db *DB) Count() int {
	loose, _ := db.listLoose()
	n := len(loose)
	for _, p := range db.listed() {
		n += p.index.count()
	}
	return n
}

// errOutside is the error for what lies outside of the only directory that may be read.
var errOutside = errors.New("it lies outside of what is scanned")

// inside returns an error unless a path may be read.
func (db *DB) inside(path string) error {
	if db.within == "" {
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(db.within, real); err != nil || !filepath.IsLocal(rel) {
		return errOutside
	}
	return nil
}

// rel returns path as a Failure names it.
func (db *DB) rel(path string) string {
	if r, err := filepath.Rel(db.dir, path); err == nil && filepath.IsLocal(r) {
		path = r
	}
	return filepath.ToSlash(path)
}

// listed returns the open packs.
func (db *DB) listed() []*pack { return *db.packs.Load() }

// relist opens packs that are not open yet, and reports whether there were any:
// git may repack at any time.
func (db *DB) relist(ctx context.Context) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	packs := slices.Clone(db.listed())
	before := len(packs)
	for _, store := range db.stores {
		dir := filepath.Join(store, "pack")
		names, err := db.readNames(dir)
		if err != nil && !db.known[dir] {
			db.known[dir] = true
			db.failures = append(db.failures, Failure{Path: db.rel(dir), Err: fmt.Errorf("list packs: %w", err)})
		}
		slices.Sort(names)
		for _, name := range names {
			stem, isPack := strings.CutSuffix(name, ".pack")
			if strings.HasSuffix(name, ".promisor") {
				db.partial = true // gitrepository-layout(5)
			}
			file := filepath.Join(dir, name)
			if !isPack || db.known[file] {
				continue
			}
			p, err := db.openIndexed(ctx, file, filepath.Join(dir, stem+".idx"))
			if errors.Is(err, fs.ErrNotExist) {
				continue // removed since it was listed
			}
			db.known[file] = true
			if err != nil {
				db.failures = append(db.failures, Failure{Path: db.rel(file), Err: err})
				continue
			}
			packs = append(packs, p)
		}
	}
	if len(packs) == before {
		return false
	}
	db.packs.Store(&packs)
	return true
}

// openIndexed opens a pack with its index, or makes one where there is none
// that can be used. The caller holds mu.
func (db *DB) openIndexed(ctx context.Context, file, idx string) (*pack, error) {
	if err := db.inside(file); err != nil {
		return nil, err
	}
	p, count, err := openPack(file, db.rel(file), db.hashSize)
	if err != nil {
		return nil, err
	}
	if err = db.inside(idx); err == nil {
		p.index, err = readIndex(idx, db.hashSize)
	}
	if err == nil && p.index.count() != int(count) {
		err = fmt.Errorf("pack index %s has %d objects, its pack %d", db.rel(idx), p.index.count(), count)
	}
	if err == nil {
		return p, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		db.failures = append(db.failures, Failure{Path: db.rel(idx), Err: err})
	}
	failures, err := p.makeIndex(ctx, int(count))
	db.failures = append(db.failures, failures...)
	if err != nil {
		_ = p.file.Close()
		return nil, err
	}
	return p, nil
}

// readNames returns the names in a directory; none if it does not exist.
func (db *DB) readNames(dir string) ([]string, error) {
	err := db.inside(dir)
	if err == nil {
		var f *os.File
		if f, err = os.Open(dir); err == nil {
			defer f.Close()
			return f.Readdirnames(-1)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return nil, err
}
