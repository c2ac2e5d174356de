// Package odb reads git's object database: packs, loose objects and alternates.
//
// [Open] opens the database, [DB.Read] reads one object, and [Walk] visits every
// object once, on all cores. Walk is as fast as the format allows: packs are mapped
// into memory, a delta is applied while its base is still in memory, and no
// object is inflated twice.
//
// The input is not trusted. An object or file that cannot be read is a [Failure], and
// reading goes on with the rest.
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
	within   string   // Stores.Within with symbolic links resolved; "" for no limit
	stores   []string // "objects" directories: first the repository's own, then alternates
	loaders  sync.Pool

	// packs is replaced, never changed, and only grows: readers take no lock. A pack
	// that git deletes stays readable because it is mapped.
	packs atomic.Pointer[[]*pack]

	mu       sync.Mutex // guards the fields below, and partial
	known    map[string]bool
	failures []Failure
}

// Failure is a file or an object that could not be read.
type Failure struct {
	// Path is the file, with slashes. It is relative to the opened directory if the
	// file is in it.
	Path string
	// OID is the object; "" if its ID is not known, or if the failure is about a
	// file.
	OID OID
	Err error
}

// Open opens the object database in commonDir, the directory that holds "objects" and
// "config": a bare repository, or the ".git" directory that all work trees share. It
// opens alternates too. Packs and alternates that cannot be read are in
// [DB.Failures]. A pack without an index is read from beginning to end to build one;
// ctx can interrupt that. Open returns an error if nothing can be read.
func Open(ctx context.Context, commonDir string) (*DB, error) {
	return OpenStores(ctx, commonDir, Stores{})
}

// Stores are options of [OpenStores]: which directories of objects are read.
type Stores struct {
	// Also are directories of objects to read besides the repository's own and its
	// alternates, such as the quarantine of a push (git-receive-pack(1), "Quarantine
	// environment").
	Also []string
	// Within, if not empty, is a directory. Files, alternates and targets of symbolic
	// links outside it are not read; each is a Failure.
	Within string
}

// OpenStores opens an object database like [Open], with the given options.
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

// Close unmaps the packs. Do not call it while a Walk or Read runs, and do not use
// the database afterwards. OIDs stay valid.
func (db *DB) Close() error {
	var errs []error
	for _, p := range db.listed() {
		errs = append(errs, p.file.Close())
		p.data = nil
	}
	db.packs.Store(new([]*pack))
	return errors.Join(errs...)
}

// HashSize returns the length of object IDs in bytes: 20 for SHA-1, 32 for SHA-256.
func (db *DB) HashSize() int { return db.hashSize }

// Hash returns the ID of an object with this type and content.
func (db *DB) Hash(t Type, data []byte) OID { return hashObject(db.hashSize, t, data) }

// Promisor reports whether the repository is a partial clone, in which objects may be
// missing on purpose.
func (db *DB) Promisor() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.partial
}

// Failures returns what could not be read when the database was opened, and when it
// was searched for new packs later.
func (db *DB) Failures() []Failure {
	db.mu.Lock()
	defer db.mu.Unlock()
	return slices.Clone(db.failures)
}

// Count returns an upper bound of the number of objects: an object that is stored
// several times is counted several times. It lists the loose objects on each call.
func (db *DB) Count() int {
	loose, _ := db.listLoose()
	n := len(loose)
	for _, p := range db.listed() {
		n += p.index.count()
	}
	return n
}

// PackedSize returns the number of bytes in all packs.
func (db *DB) PackedSize() int64 {
	n := int64(0)
	for _, p := range db.listed() {
		n += int64(len(p.data))
	}
	return n
}

// errOutside is the error for a path outside Stores.Within.
var errOutside = errors.New("it is outside the scanned directory")

// inside returns an error if the path, with symbolic links resolved, may not be read.
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

// rel returns the path in the form of Failure.Path.
func (db *DB) rel(path string) string {
	if r, err := filepath.Rel(db.dir, path); err == nil && filepath.IsLocal(r) {
		path = r
	}
	return filepath.ToSlash(path)
}

// listed returns the open packs.
func (db *DB) listed() []*pack { return *db.packs.Load() }

// relist opens the packs that are not open yet, and reports whether there are any:
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

// openIndexed opens a pack with its index. It builds an index if there is none, or if
// it is damaged. The caller holds mu.
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

// readNames returns the names in a directory; none if the directory does not exist.
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
