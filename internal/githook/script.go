package githook

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

const scriptHead = "#!/bin/sh\n# Made by \"qasleaks hook install\""

// scriptFormat is what git runs. If the previous hook fails, it exits with the status
// of that one. Both read what git writes to the hook.
const scriptFormat = scriptHead + `; "qasleaks hook uninstall" undoes it.
qasleaks=%s
previous=$(dirname "$0")/%s
input=
case %s in pre-push | pre-receive) input=$(cat) ;; esac
if [ -x "$previous" ]; then
	printf '%%s\n' "$input" | "$previous" "$@" || exit
fi
if ! command -v "$qasleaks" >/dev/null; then
	echo "qasleaks: $qasleaks does not exist any more, so nothing was scanned" >&2
	echo "hint: install it again, or delete $0; --no-verify skips the hook once" >&2
	exit 1
fi
printf '%%s\n' "$input" | "$qasleaks" hook run %s "$@"
`

// script returns the content of a hook that runs program.
func script(hook, program string) []byte {
	quoted := "'" + strings.ReplaceAll(filepath.ToSlash(program), "'", `'\''`) + "'"
	return fmt.Appendf(nil, scriptFormat, quoted, hook+previousSuffix, hook, hook)
}

// programOf returns the program that a script of ours runs.
func programOf(content []byte) (string, bool) {
	_, rest, ok := bytes.Cut(content, []byte("\nqasleaks="))
	if !ok || !bytes.HasPrefix(content, []byte(scriptHead)) {
		return "", false
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	quoted := strings.TrimSuffix(strings.TrimPrefix(string(line), "'"), "'")
	return strings.ReplaceAll(quoted, `'\''`, "'"), true
}
