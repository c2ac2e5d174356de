package odb

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// addStores adds directories of objects, each once, and the alternates that they
// name. The alternates of a directory come after it.
func (db *DB) addStores(queue []string) {
	seen := map[string]bool{}
	fail := func(dir string, err error) {
		f := Failure{Path: db.rel(dir), Err: err}
		if filepath.IsAbs(f.Path) && len(db.stores) > 0 { // outside of the repository
			f = Failure{Path: db.rel(filepath.Join(db.stores[0], "info", "alternates")), Err: fmt.Errorf("%s: %w", f.Path, err)}
		}
		db.failures = append(db.failures, f)
	}
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			fail(dir, fmt.Errorf("open alternate: %w", err))
			continue
		}
		if seen[real] {
			continue
		}
		if err := db.inside(real); err != nil {
			fail(dir, err)
			continue
		}
		seen[real] = true
		db.stores = append(db.stores, dir)

		file := filepath.Join(dir, "info", "alternates")
		list, err := db.readAlternates(file)
		if err != nil {
			db.failures = append(db.failures, Failure{Path: db.rel(file), Err: fmt.Errorf("read alternates: %w", err)})
		}
		queue = append(queue, list...)
	}
}

// readAlternates reads the file objects/info/alternates (gitrepository-layout(5)).
// Each line is an objects directory: absolute, or relative to the objects directory
// that the file belongs to. A line that begins with "#" is a comment. A line that
// begins with a quote is quoted as in C.
func (db *DB) readAlternates(file string) ([]string, error) {
	if err := db.inside(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	content, err := regular.Read(file, maxSetting)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []string
	for line := range strings.Lines(string(content)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '"' {
			if plain, err := strconv.Unquote(line); err == nil {
				line = plain
			}
		}
		if !filepath.IsAbs(line) {
			line = filepath.Join(filepath.Dir(filepath.Dir(file)), filepath.FromSlash(line))
		}
		list = append(list, line)
	}
	return list, nil
}
