package scanner_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// TestFrameOfNeighbour scans a key next to an encoded key that crosses the edge of the
// frame or several lines: the frame must not show any of the encoded key.
func TestFrameOfNeighbour(t *testing.T) {
	plain, neighbour := keytest.Expand("{{key 1}}"), keytest.Expand("{{key 2}}")
	var escaped strings.Builder
	for _, c := range []byte(neighbour) {
		fmt.Fprintf(&escaped, `\x%02x`, c)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte("key: " + neighbour))
	odd := encoded[:76] + "%0D%0A" + encoded[76:]
	var wrapped strings.Builder
	for len(encoded) > 40 {
		wrapped.WriteString(encoded[:40] + "\n")
		encoded = encoded[40:]
	}
	wrapped.WriteString(encoded)
	for name, text := range map[string]string{
		"escaped":  "a = '" + plain + "'\n" + escaped.String() + "\n",
		"in a URL": "/?a=" + odd + "&b=1\na = '" + plain + "'\n",
		"wrapped":  wrapped.String() + "\na = '" + plain + "'\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
			if err != nil {
				t.Fatal(err)
			}
			frames := 0
			for _, f := range result.Findings {
				if f.Rule.Lint {
					continue
				}
				frames++
				shown := strings.Join(f.Occurrences[0].Frame.Lines, "\n")
				for line := range strings.Lines(text) {
					line = strings.TrimSpace(line)
					if end := line[max(0, len(line)-12):]; !strings.Contains(line, plain) && (strings.Contains(shown, end) || strings.Contains(shown, `\x`)) {
						t.Errorf("the frame of %s shows the encoded key", f.Key)
					}
				}
			}
			if frames != 2 {
				t.Errorf("%d keys found, want 2", frames)
			}
		})
	}
}
