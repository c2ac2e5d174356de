package scanner

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// worktree lists the files to scan below root, which is in a work tree: tracked files,
// untracked files, and the ignored files that are carriers. It lists repositories
// separately. The ignored files and folders of also are read, too.
func worktree(root string, st *repo.Status, s *scan, prefix string, also []string) (names, repositories []string) {
	for _, name := range slices.Concat(st.Tracked, st.Untracked) {
		name = strings.TrimSuffix(name, "/")
		info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name)))
		if err == nil && info.IsDir() {
			if isRepository(filepath.Join(root, filepath.FromSlash(name))) {
				repositories = append(repositories, name)
			}
			continue
		}
		names = append(names, name)
	}
	names, bare := bareAmong(root, names)
	repositories = append(repositories, bare...)
	for _, name := range also {
		names = append(names, regularBelow(root, name)...)
	}
	var passed, alike []string
	for _, name := range st.Ignored {
		dir := strings.TrimSuffix(name, "/")
		switch {
		case slices.Contains(also, dir):
		case !isCarrier(dir) && !isCarrier(path.Join(dir, "x")) && !hasTemplate(st.Tracked, dir):
			passed = append(passed, name)
			if dir == name {
				if looksLikeCarrier(name) {
					alike = append(alike, name)
				}
			} else if !slices.Contains(installed, path.Base(dir)) {
				found, others := carriersBelow(root, dir)
				names, alike = append(names, found...), append(alike, others...)
			}
		case dir == name:
			names = append(names, name)
		default:
			below := filepath.Join(root, filepath.FromSlash(dir))
			if isRepository(below) {
				repositories = append(repositories, dir)
				continue
			}
			files, nested := walk(below, s, prefix+dir+"/")
			for _, file := range files {
				names = append(names, dir+"/"+file)
			}
			for _, repository := range nested {
				repositories = append(repositories, dir+"/"+repository)
			}
		}
	}
	if len(passed) > 0 {
		may := ""
		if len(alike) > 0 {
			may = fmt.Sprintf(". By their names, %d of these may contain keys: %s", len(alike), some(alike, 3))
		}
		s.note(fmt.Sprintf("not read because git ignores them: %s%s; use --all-files to read them", some(passed, 3), may))
	}
	slices.Sort(names)
	return slices.Compact(names), repositories
}

// bareAmong removes the files of bare repositories from a list of files below root: git
// looks only for .git and lists them like other files.
func bareAmong(root string, names []string) (rest, repositories []string) {
	for _, name := range names {
		dir, isHead := strings.CutSuffix(name, "/HEAD")
		if isHead && repo.IsGitDir(filepath.Join(root, filepath.FromSlash(dir))) {
			repositories = append(repositories, dir)
		}
	}
	for _, dir := range repositories {
		names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, dir+"/") })
	}
	return names, repositories
}

// some joins the first n of a list and counts the rest.
func some(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
