package repo

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/config"
)

// Include is a file or a folder that a configuration of the repository refers to.
type Include struct {
	// Path is absolute.
	Path string
	// Setting is the name of the setting that refers to it, as "include.path".
	Setting string
}

// maxIncludes bounds the files that include one another; git follows ten levels.
const maxIncludes = 100

// Includes returns the files that the configuration of the repository includes, and the
// folder of its hooks. Included files outside the directory within are returned, but are
// not read for what they include.
func (r *Repository) Includes(ctx context.Context, within string) []Include {
	var all []Include
	seen := map[string]bool{}
	queue := []string{filepath.Join(r.CommonDir, "config"), filepath.Join(r.GitDir, "config.worktree")}
	for ; len(queue) > 0 && len(all) < maxIncludes; queue = queue[1:] {
		cfg, err := readConfig(ctx, r.GitDir, queue[0])
		if err != nil {
			continue // its text is searched like that of any file
		}
		add := func(setting, path, base string) {
			if path = resolvePath(path, base); path == "" || seen[path] {
				return
			}
			seen[path] = true
			all = append(all, Include{Path: path, Setting: setting})
			if setting != "core.hooksPath" && isInside(path, within) {
				queue = append(queue, path)
			}
		}
		for _, section := range cfg.Sections {
			base := filepath.Dir(queue[0])
			switch {
			case section.IsName("include"):
				for _, path := range options(section.Options, "path") {
					add("include.path", path, base)
				}
			case section.IsName("includeIf"):
				for _, condition := range section.Subsections {
					for _, path := range options(condition.Options, "path") {
						add("includeIf."+condition.Name+".path", path, base)
					}
				}
			case section.IsName("core"):
				for _, path := range options(section.Options, "hooksPath") {
					base := r.Root
					if base == "" {
						base = r.GitDir
					}
					add("core.hooksPath", path, base)
				}
			}
		}
	}
	return all
}

// options returns the values of a name, in any case.
func options(all config.Options, name string) (values []string) {
	for _, option := range all {
		if option.IsKey(name) {
			values = append(values, option.Value)
		}
	}
	return values
}

// resolvePath returns the absolute path of a setting, "" for none: a path may begin with
// the home directory, "~/", and is otherwise relative to base.
func resolvePath(path, base string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		return filepath.Join(home, filepath.FromSlash(rest))
	}
	path = filepath.FromSlash(path)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}
