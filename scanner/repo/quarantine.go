package repo

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// errQuarantine says that the objects of a push cannot be read.
var errQuarantine = errors.New("the objects of a push are in quarantine and were not read: GIT_DIR names another repository")

// quarantine returns the directories of objects that the environment adds to those of
// the repository. git sets these variables for the hooks of a server: until the hooks
// accept a push, its objects are in a separate directory (git-receive-pack(1),
// "Quarantine environment"). The variables are used only if GIT_DIR is this
// repository.
func (r *Repository) quarantine() ([]string, error) {
	dir, path := os.Getenv("GIT_OBJECT_DIRECTORY"), os.Getenv("GIT_QUARANTINE_PATH")
	also := os.Getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES")
	if dir == "" && path == "" && also == "" {
		return nil, nil
	}
	gitDir := os.Getenv("GIT_DIR")
	if gitDir == "" || !SameFile(gitDir, r.GitDir) && !SameFile(gitDir, r.CommonDir) {
		if path != "" {
			return nil, errQuarantine
		}
		return nil, nil
	}
	var stores []string
	for _, store := range append([]string{dir, path}, filepath.SplitList(also)...) {
		if plain, err := strconv.Unquote(store); err == nil && strings.HasPrefix(store, `"`) {
			store = plain
		}
		if store != "" {
			stores = append(stores, store)
		}
	}
	for _, name := range []string{"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			r.environ = append(r.environ, name+"="+value)
		}
	}
	return stores, nil
}
