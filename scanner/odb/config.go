package odb

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// config holds the settings of a repository that the object database needs.
type config struct {
	hashSize int
	partial  bool // a partial clone
}

// maxSetting bounds files of settings or paths, in bytes.
const maxSetting = 16 << 20

// readConfig reads the section [extensions] of a repository's config file
// (git-config(1)). A missing file is read as an empty one. Includes are not followed:
// git does not follow them either for settings of the repository format.
func readConfig(file string) (config, error) {
	c := config{hashSize: sha1Size}
	content, err := regular.Read(file, maxSetting)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	section := ""
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			name, rest, _ := strings.Cut(line[1:], "]")
			section, line = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(rest)
		}
		if section != "extensions" || line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		if i := strings.IndexAny(value, "#;"); i >= 0 {
			value = value[:i]
		}
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "objectformat":
			switch strings.ToLower(value) {
			case "sha1":
				c.hashSize = sha1Size
			case "sha256":
				c.hashSize = sha256Size
			default:
				return c, fmt.Errorf("unknown object format %q in extensions.objectFormat", value)
			}
		case "partialclone":
			c.partial = true
		}
	}
	return c, nil
}
