package scanner_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// TestNothingShowsAToken puts the token of a key, plain and encoded, into everything
// that a result may quote from a repository.
func TestNothingShowsAToken(t *testing.T) {
	key, token := keytest.Key(1, keytest.Made), keytest.Token(1)
	base := base64.StdEncoding.EncodeToString
	forms := map[string]string{
		"plain":            token,
		"hex":              hex.EncodeToString([]byte(token)),
		"base64":           base([]byte(token)),
		"base64 of base64": base([]byte(base([]byte(token)))),
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			inName := strings.ReplaceAll(form, "=", "")
			r := gittest.New(t)
			r.Write("key.js", `send("`+key+`", "`+form+`") // qasleaks`+`:allow -- see `+form+"\n")
			r.Write("dir-"+inName+"/key.txt", key+"\n")
			r.Write("damaged.zip", "PK\x03\x04 nonsense")
			r.Write("archive.zip", string(zipped(t, 0, map[string]string{"member-" + inName + ".txt": key + "\n", "too-large-" + inName + ".txt": strings.Repeat("x", 3<<10)})))
			r.Commit("Use " + form + " at last")
			r.Git("notes", "add", "-m", "see "+form+" and "+key)
			r.Git("branch", "branch-"+inName)
			r.Git("tag", "tag-"+inName)
			r.Git("remote", "add", "origin", "https://example.com/"+inName+".git")
			r.Git("update-ref", "refs/remotes/"+inName+"/main", "HEAD")
			result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{
				Ignores: []scanner.Ignore{{Fingerprint: fingerprint(t, 1), Reason: "used as " + form}},
				Unpack:  unpack.Limits{Depth: 2, Member: 1 << 10, Total: 1 << 20, Ratio: 200},
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Findings) == 0 {
				t.Fatal("nothing was found")
			}
			// The whole result; secrets print as a mask.
			shown := fmt.Sprintf("%+v", result)
			for _, f := range result.Findings {
				for _, o := range f.Occurrences {
					shown += fmt.Sprintf("%+v %+v %+v %+v", o.Commit, o.RemovedBy, o.Suppressed, o.Fix)
				}
				shown += fmt.Sprintf("%+v", f.Suppressed)
			}
			for what, secret := range map[string]string{"token": token, name: form} {
				const leak = 7
				for i := range len(secret) - leak {
					if at := strings.Index(shown, secret[i:i+leak]); at >= 0 {
						t.Fatalf("%d characters of the %s are shown after %q", leak, what, shown[max(0, at-60):at])
					}
				}
			}
		})
	}
}
