package targets

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Reports is a directory with a report of each target. No secret is in it, and only its
// owner can read it.
type Reports struct {
	Dir string
	// MaxAge is the age from which on a report does not count; 0 for no limit.
	MaxAge time.Duration
	// Settings identifies all that decides what a scan finds besides the target: rules,
	// configuration, flags and the version of the program.
	Settings string
}

// header is the first line of a report. The result is on the second line.
type header struct {
	Target string
	// Key is empty if the target has to be scanned again in any case.
	Key      string
	Settings string
	At       time.Time
}

// shardFile lists the targets of a shard, so that what is missing can be named.
type shardFile struct {
	Shard    Shard
	Settings string
	Targets  []string
}

const shardPrefix = "shard-"

// nameOf returns the name of a target in reports: without the token of a key in it, and still
// unique.
func nameOf(target string) string {
	hidden := scanner.Hide(target)
	if hidden == target {
		return target
	}
	sum := sha256.Sum256([]byte(target))
	return hidden + "~" + hex.EncodeToString(sum[:4])
}

// begin creates the directory, and writes what belongs to the shard.
func (r *Reports) begin(s Shard, targets []string) error {
	if s.Of == 0 {
		s = Shard{1, 1}
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return fmt.Errorf("create directory of reports: %w", err)
	}
	names := make([]string, len(targets))
	for i, target := range targets {
		names[i] = nameOf(target)
	}
	return writeLines(filepath.Join(r.Dir, fmt.Sprintf("%s%d-of-%d.json", shardPrefix, s.Index, s.Of)), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(shardFile{s, r.Settings, names})
	})
}

// file returns the path of the report of a target.
func (r *Reports) file(target string) string {
	return filepath.Join(r.Dir, FileName(nameOf(target))+".json")
}

// FileName returns a name for the file of a target, without an extension: it says to people
// which target it is, and is unique.
func FileName(target string) string {
	const most = 40
	plain := strings.Map(func(c rune) rune {
		if c < 0x80 && (c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return c
		}
		return -1
	}, strings.TrimSuffix(path.Base(target), ".git"))
	sum := sha256.Sum256([]byte(target))
	return plain[:min(len(plain), most)] + "." + hex.EncodeToString(sum[:12])
}

// unchanged returns the result of an earlier scan if it still holds, and the key that a
// report of now has. Incomplete results do not hold.
func (r *Reports) unchanged(target string, now time.Time) (result *scanner.Result, key string) {
	digest, ok := repo.HistoryDigest(filepath.FromSlash(target))
	if !ok {
		return nil, ""
	}
	sum := sha256.Sum256([]byte(digest + "\x00" + r.Settings))
	key = hex.EncodeToString(sum[:8])
	result, err := readReport(r.file(target), func(h header) error {
		if h.Target != nameOf(target) || h.Key != key || r.MaxAge > 0 && now.Sub(h.At) >= r.MaxAge {
			return errors.New("it does not hold any more")
		}
		return nil
	})
	if err != nil { // scanned again, whatever is wrong with it
		return nil, key
	}
	for i := range result.Repositories {
		result.Repositories[i].State = scanner.RepositoryUnchanged
	}
	return result, key
}

// write writes the report of a target.
func (r *Reports) write(target, key string, now time.Time, result *scanner.Result) error {
	if !result.Coverage.Complete() {
		key = ""
	}
	return writeLines(r.file(target), func(w io.Writer) error {
		if err := json.NewEncoder(w).Encode(header{nameOf(target), key, r.Settings, now}); err != nil {
			return err
		}
		return scanner.EncodeResult(w, result)
	})
}

func writeLines(name string, write func(io.Writer) error) error {
	file, err := atomicfile.Create(name, 0o600) // what leads to a key is confidential
	if err != nil {
		return err
	}
	defer file.Discard()
	w := bufio.NewWriter(file)
	if err := write(w); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Commit()
}

// readReport reads a report if accept accepts its header. The findings stay in the file.
func readReport(name string, accept func(header) error) (*scanner.Result, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	first, err := lines.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	var h header
	if err := json.Unmarshal(first, &h); err != nil {
		return nil, err
	}
	if err := accept(h); err != nil {
		return nil, err
	}
	return scanner.ReadResult(lines, onDisk(name), int64(len(first)))
}

// onDisk is a file that is open only while it is read: there may be more reports than a
// process may have open files.
type onDisk string

// ReadAt reads from an offset.
func (name onDisk) ReadAt(p []byte, offset int64) (int, error) {
	f, err := os.Open(string(name))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.ReadAt(p, offset)
}

// Merge joins the reports in directories into the result that one scan of all their targets
// has, with a baseline unless it is nil. Shards and reports that are missing are failures in
// its coverage. The reports must not change as long as the result is used.
func Merge(dirs []string, baseline []scanner.Ignore) (*scanner.Result, error) {
	dirOf, all, settings, err := plannedIn(dirs)
	if err != nil {
		return nil, err
	}
	merged, err := scanner.Merge(func(yield func(scanner.Part) bool) {
		for _, target := range slices.Sorted(maps.Keys(dirOf)) {
			part := scanner.Part{Target: target}
			if dir := dirOf[target]; dir == "" {
				part.Result = &scanner.Result{Coverage: scanner.Coverage{Skipped: []scanner.Skip{
					{Path: target, Kind: scanner.SkipFailed, Reason: fmt.Sprintf("no report of it is here, of %d shards", all)},
				}}}
			} else {
				part.Result = reported(dir, target, settings)
			}
			if !yield(part) {
				return
			}
		}
	}, baseline)
	if err != nil {
		return nil, &hint.Error{Err: fmt.Errorf("merge: %w", err), Hint: "merge again when no scan writes to these directories"}
	}
	return merged, nil
}

// plannedIn returns the directory of the report of each target that is planned in some, the
// number of shards, and their settings. A shard that is missing is a target without a
// directory.
func plannedIn(dirs []string) (dirOf map[string]string, of int, settings string, err error) {
	dirOf = map[string]string{}
	seen := map[int]bool{}
	for _, dir := range dirs {
		shards, err := filepath.Glob(filepath.Join(globEscape(dir), shardPrefix+"*-of-*.json"))
		if err != nil || len(shards) == 0 {
			return nil, 0, "", hint.New("give directories that \"qasleaks scan --reports DIR\" has written", "merge %s: it has no reports", dir)
		}
		for _, name := range shards {
			s, err := readShard(name)
			switch {
			case err != nil:
				return nil, 0, "", hint.New("scan that shard again", "merge %s: %s", name, err)
			case of != 0 && s.Shard.Of != of:
				return nil, 0, "", hint.New("remove the reports of the scan that does not count", "merge %s: it is shard %s, and another is one of %d", name, s.Shard, of)
			case of != 0 && s.Settings != settings:
				return nil, 0, "", hint.New("scan all shards with the same version, flags and configuration", "merge %s: it was scanned with other settings", name)
			}
			of, settings = s.Shard.Of, s.Settings
			seen[s.Shard.Index] = true
			for _, target := range s.Targets {
				dirOf[target] = dir
			}
		}
	}
	for i := 1; i <= of; i++ {
		if !seen[i] {
			dirOf["shard "+Shard{i, of}.String()] = ""
		}
	}
	return dirOf, of, settings, nil
}

// reported returns the result in the report of a target, or one that says why there is
// none.
func reported(dir, target, settings string) *scanner.Result {
	result, err := readReport(filepath.Join(dir, FileName(target)+".json"), func(h header) error {
		if h.Target != target || h.Settings != settings {
			return errors.New("it is of another scan")
		}
		return nil
	})
	switch {
	case errors.Is(err, os.ErrNotExist):
		return scanner.Failed(target, "it has no report: its scan was not finished", time.Time{})
	case err != nil:
		return scanner.Failed(target, "its report cannot be read: "+err.Error(), time.Time{})
	}
	return result
}

func readShard(name string) (s shardFile, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, err
	}
	if s.Shard.Of < 1 || s.Shard.Index < 1 || s.Shard.Index > s.Shard.Of || slices.Contains(s.Targets, "") {
		return s, errors.New("it is no list of a shard")
	}
	return s, nil
}

// globEscape returns a pattern that matches only a path.
func globEscape(name string) string {
	if filepath.Separator == '\\' {
		return name // there is no escape on Windows
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}
