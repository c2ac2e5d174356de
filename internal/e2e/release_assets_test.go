package e2e

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/tooltest"
)

// releaseDigests is in a release commit, and in no other.
const releaseDigests = ".github/release-digests.txt"

// release is the action as of a release commit, and a server of its archives.
type release struct {
	action string // its folder
	name   string // the archive for this system
	files  map[string][]byte
	server *httptest.Server
}

// newRelease makes a release of this program, for this system.
func newRelease(t *testing.T) *release {
	t.Helper()
	content, err := os.ReadFile(tooltest.Path(t, "qasleaks"))
	check(t, err)
	r := emptyRelease(t)
	r.name = fmt.Sprintf("qasleaks_1.2.3_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	r.add(t, r.name, string(content))
	return r
}

// swapped returns the same release, whose archive was replaced on its server.
func (r *release) swapped(t *testing.T) *release {
	t.Helper()
	s := emptyRelease(t)
	s.action, s.name = r.action, r.name
	s.files[s.name] = archive(t, s.name, "#!/bin/sh\necho swapped\n")
	return s
}

// emptyRelease makes a release without archives. Its action has no source.
func emptyRelease(t *testing.T) *release {
	t.Helper()
	r := &release{action: t.TempDir(), files: map[string][]byte{}}
	for _, name := range []string{"action.yml", "scripts/action-get.sh"} {
		place(t, r.action, name, read(t, filepath.Join(root, name)))
	}
	place(t, r.action, releaseDigests, "# Release v1.2.3\n")
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		folder, name := path.Split(request.URL.Path)
		content, exists := r.files[name]
		if folder != "/v1.2.3/" || !exists {
			http.NotFound(w, request)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(r.server.Close)
	return r
}

// add puts a program into an archive, the archive on the server, and its digest into the action.
func (r *release) add(t *testing.T, name, program string) {
	t.Helper()
	r.files[name] = archive(t, name, program)
	digests := read(t, filepath.Join(r.action, releaseDigests))
	place(t, r.action, releaseDigests, fmt.Sprintf("%s%x  %s\n", digests, sha256.Sum256(r.files[name]), name))
}

// archive packs a program the way that the name of the archive tells.
func archive(t *testing.T, name, program string) []byte {
	t.Helper()
	var packed bytes.Buffer
	if strings.HasSuffix(name, ".zip") {
		out := zip.NewWriter(&packed)
		header := &zip.FileHeader{Name: "qasleaks.exe"}
		header.SetMode(0o755)
		member, err := out.CreateHeader(header)
		check(t, err)
		_, err = member.Write([]byte(program))
		check(t, err)
		check(t, out.Close())
		return packed.Bytes()
	}
	compressed := gzip.NewWriter(&packed)
	out := tar.NewWriter(compressed)
	for _, member := range []struct{ name, content string }{{"LICENSE", "MIT"}, {"qasleaks", program}} {
		check(t, out.WriteHeader(&tar.Header{Name: member.name, Mode: 0o755, Size: int64(len(member.content))}))
		_, err := out.Write([]byte(member.content))
		check(t, err)
	}
	check(t, out.Close())
	check(t, compressed.Close())
	return packed.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runnerHost is a runner on which the action gets its program.
type runnerHost struct {
	system, architecture string
	cache                string
	action               *release
}

// get runs the script of the action as a job does, and returns its log and the outputs.
func (h runnerHost) get(t *testing.T) (log, outputs string, err error) {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(h.action.action, "scripts", "action-get.sh")
	cmd := exec.Command("bash", script, h.action.action, filepath.Join(dir, "bin"))
	cmd.Env = append(
		os.Environ(), "GITHUB_OUTPUT="+filepath.Join(dir, "outputs"), "RUNNER_TEMP="+dir,
		"RUNNER_OS="+h.system, "RUNNER_ARCH="+h.architecture, "RUNNER_TOOL_CACHE="+h.cache,
		"QASLEAKS_TEST_RELEASES="+h.action.server.URL,
	)
	out, err := cmd.CombinedOutput()
	written, _ := os.ReadFile(filepath.Join(dir, "outputs"))
	return string(out), string(written), err
}

// newHost returns a Linux runner with an empty tool cache and a release for three
// systems, whose programs say which they are.
func newHost(t *testing.T) (h runnerHost, cached string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are scripts")
	}
	for _, program := range []string{"bash", "curl", "unzip"} {
		tooltest.Path(t, program)
	}
	r := emptyRelease(t)
	r.name = "qasleaks_1.2.3_linux_amd64.tar.gz"
	for _, name := range []string{r.name, "qasleaks_1.2.3_linux_arm64.tar.gz", "qasleaks_1.2.3_windows_amd64.zip"} {
		r.add(t, name, "#!/bin/sh\necho \"this is $1 of "+name+"\"\n")
	}
	h = runnerHost{"Linux", "X64", t.TempDir(), r}
	return h, filepath.Join(h.cache, "qasleaks", "1.2.3", r.name)
}

// TestActionGetsRelease runs the program that the action gets, in each way that it comes.
func TestActionGetsRelease(t *testing.T) {
	h, cached := newHost(t)
	got := func(h runnerHost, texts ...string) {
		t.Helper()
		log, outputs, err := h.get(t)
		for _, text := range texts {
			if err != nil || !strings.Contains(log, text) || outputs != "" {
				t.Errorf("got %v, outputs %q and this log, which should say %q:\n%s", err, outputs, text, log)
			}
		}
	}
	const program = "this is version of qasleaks_1.2.3_"
	got(h, "Downloaded http://127.0.0.1:", program+"linux_amd64.tar.gz")
	got(h, "from the tool cache", program+"linux_amd64.tar.gz")
	got(runnerHost{"Linux", "ARM64", h.cache, h.action}, "Downloaded", program+"linux_arm64.tar.gz")
	got(runnerHost{"Windows", "X64", h.cache, h.action}, "Downloaded", program+"windows_amd64.zip")

	check(t, os.WriteFile(cached, archive(t, h.action.name, "#!/bin/sh\necho tampered\n"), 0o600))
	got(h, "in the tool cache does not have the SHA-256 of the release, and is replaced", "Downloaded", program+"linux_amd64.tar.gz")
	got(h, "from the tool cache", program+"linux_amd64.tar.gz")

	unusable := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(unusable, nil, 0o600))
	got(runnerHost{"Linux", "X64", unusable, h.action}, "could not be kept", program+"linux_amd64.tar.gz")

	h.action.server.Close()
	got(h, "from the tool cache", program+"linux_amd64.tar.gz")
}

// TestActionRefuses has a release whose files are not those that were released.
func TestActionRefuses(t *testing.T) {
	for _, test := range []struct {
		what  string
		spoil func(h runnerHost, cached string)
		says  string
	}{
		{"tampered", func(h runnerHost, _ string) {
			h.action.files[h.action.name] = archive(t, h.action.name, "#!/bin/sh\necho tampered\n")
		}, "does not have the SHA-256"},
		{"truncated", func(h runnerHost, _ string) {
			content := h.action.files[h.action.name]
			h.action.files[h.action.name] = content[:len(content)-1]
		}, "does not have the SHA-256"},
		{"appended to", func(h runnerHost, _ string) {
			h.action.files[h.action.name] = append(h.action.files[h.action.name], '\n')
		}, "does not have the SHA-256"},
		{"cut off on the way", func(h runnerHost, _ string) {
			content := h.action.files[h.action.name]
			h.action.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				_, _ = w.Write(content[:len(content)/2])
			})
		}, "could not be downloaded"},
		{"for another system", func(h runnerHost, _ string) {
			h.action.files[h.action.name] = h.action.files["qasleaks_1.2.3_linux_arm64.tar.gz"]
		}, "does not have the SHA-256"},
		{"missing", func(h runnerHost, _ string) { delete(h.action.files, h.action.name) }, "could not be downloaded"},
		{"without network", func(h runnerHost, _ string) { h.action.server.Close() }, "could not be downloaded"},
		{"tampered with in the cache, without network", func(h runnerHost, cached string) {
			check(t, os.MkdirAll(filepath.Dir(cached), 0o700))
			check(t, os.WriteFile(cached, archive(t, h.action.name, "#!/bin/sh\necho tampered\n"), 0o600))
			h.action.server.Close()
		}, "could not be downloaded"},
		{"from a host that is not this one", func(h runnerHost, _ string) {
			h.action.server.URL = "https://releases.invalid"
			t.Setenv("https_proxy", "http://127.0.0.1:1")
		}, "https://github.com/qasleaks/qasleaks/releases/download/v1.2.3/qasleaks_1.2.3_linux_amd64.tar.gz could not be downloaded"},
	} {
		t.Run(test.what, func(t *testing.T) {
			h, cached := newHost(t)
			test.spoil(h, cached)
			log, outputs, err := h.get(t)
			if err == nil || !strings.Contains(log, "::error") || !strings.Contains(log, test.says) || outputs != "" {
				t.Errorf("got %v and outputs %q, want it to say %q:\n%s", err, outputs, test.says, log)
			}
			if strings.Contains(log, "this is") || strings.Contains(log, "\ntampered") {
				t.Errorf("it was run:\n%s", log)
			}
			if content, err := os.ReadFile(cached); err == nil && !strings.Contains(test.what, "cache") {
				t.Errorf("%d bytes of it are in the tool cache", len(content))
			}
		})
	}
}

// TestActionBuilds has the action build the program where no archive can be trusted.
func TestActionBuilds(t *testing.T) {
	h, _ := newHost(t)
	builds := func(h runnerHost, reason string) {
		t.Helper()
		log, outputs, err := h.get(t)
		if err != nil || log != reason+": building qasleaks from source.\n" || outputs != "build=true\n" {
			t.Errorf("got %v, outputs %q and the log %q, want the reason %q", err, outputs, log, reason)
		}
	}
	builds(runnerHost{"Linux", "X86", h.cache, h.action}, "The release has no archive for Linux on X86")
	builds(runnerHost{"macOS", "ARM64", h.cache, h.action}, "The release has no archive for macOS on ARM64")
	check(t, os.Remove(filepath.Join(h.action.action, releaseDigests)))
	builds(h, "This commit of the action is not a release")
}
