// Package targets scans many targets: those of a list, or a shard of them. Each is scanned
// by itself, side by side with others, and what is wrong with one stops no other. It keeps
// a report of each, so that those that have not changed need no scan, and merges reports.
package targets

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

// maxList is how large a list may be, in bytes.
const maxList = 256 << 20

// ReadList reads a list of targets: one a line, where empty lines and lines that begin with
// # do not count, or separated by NUL, where everything counts.
func ReadList(r io.Reader, byNUL bool) ([]string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return nil, fmt.Errorf("read list of targets: %w", err)
	}
	if len(text) > maxList {
		return nil, hint.New("make several lists of it", "read list of targets: it has more than %d MiB", maxList>>20)
	}
	separator := "\n"
	if byNUL {
		separator = "\x00"
	}
	var all []string
	for name := range bytes.SplitSeq(text, []byte(separator)) {
		if !byNUL {
			name = bytes.TrimSpace(name)
			if bytes.IndexByte(name, 0) >= 0 {
				return nil, hint.New("add -0", "read list of targets: it is separated by NUL")
			}
		}
		if len(name) > 0 && (byNUL || name[0] != '#') {
			all = append(all, string(name))
		}
	}
	return all, nil
}

// names returns targets as they are in results, each once, sorted.
func names(targets []string) []string {
	var all []string
	for _, name := range targets {
		all = append(all, scanner.TargetName(name))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Shard is a part of the targets. The zero Shard has all.
type Shard struct {
	// Index counts from 1 to Of.
	Index, Of int
}

// String returns "2/8".
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// has reports whether a target is in the shard. That depends on nothing but its name and
// the number of shards.
func (s Shard) has(target string) bool {
	if s.Of < 2 {
		return true
	}
	sum := sha256.Sum256([]byte(target))
	return binary.BigEndian.Uint64(sum[:])%uint64(s.Of) == uint64(s.Index-1)
}

// numbering is how an engine tells a job which of how many it is.
type numbering struct {
	index, of string // variables
	first     int    // the index of the first job
}

// engines are Kubernetes (Indexed Jobs; the number of completions has to be passed),
// GitLab (parallel) and Buildkite (parallelism).
var engines = []numbering{
	{"JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0},
	{"CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
	{"BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
}

// ParseShard reads "I/N", with I from 1 to N, or "auto" for what the environment says.
func ParseShard(text string, getenv func(string) string) (Shard, error) {
	if text != "auto" {
		index, of, _ := strings.Cut(text, "/")
		return shard(fmt.Sprintf("invalid value %q for --shard", text), index, of, 1)
	}
	var known []string
	for _, e := range engines {
		if index := getenv(e.index); index != "" {
			of := getenv(e.of)
			return shard(fmt.Sprintf("--shard auto with %s=%s and %s=%s", e.index, index, e.of, of), index, of, e.first)
		}
		known = append(known, e.index+" and "+e.of)
	}
	return Shard{}, hint.New("set "+strings.Join(known, ", or "), "--shard auto finds no number of a job in the environment")
}

func shard(what, index, of string, first int) (Shard, error) {
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(of)
	if err1 != nil || err2 != nil || n < 1 || i < first || i >= n+first {
		return Shard{}, hint.New("for example --shard 2/8 for the second of 8 shards", "%s: expected a number from %d, and how many there are", what, first)
	}
	return Shard{Index: i - first + 1, Of: n}, nil
}
