package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// makePackages runs scripts/packages.
func makePackages(t *testing.T, args ...string) (log string, err error) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "scripts", "packages", "*.go"))
	check(t, err)
	for i, file := range files {
		files[i], err = filepath.Rel(root, file)
		check(t, err)
	}
	cmd := exec.Command("go", slices.Concat([]string{"run"}, files, args)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// releaseArchives makes archives whose programs name their system.
func releaseArchives(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	for _, platform := range []string{"linux_amd64.tar.gz", "linux_arm64.tar.gz", "darwin_amd64.tar.gz", "darwin_arm64.tar.gz", "windows_amd64.zip", "windows_arm64.zip"} {
		name := "qasleaks_" + version + "_" + platform
		place(t, dir, name, string(archive(t, name, "program of "+platform)))
	}
	return dir
}

// TestPackages makes the packages for npm and PyPI of a release, twice: each holds the
// program for its system, and both runs give the same bytes.
func TestPackages(t *testing.T) {
	archives := releaseArchives(t, "1.2.3")
	dir, again := t.TempDir(), t.TempDir()
	for _, out := range []string{dir, again} {
		if log, err := makePackages(t, "-version", "1.2.3", "-archives", archives, "-npm", filepath.Join(out, "npm"), "-wheels", filepath.Join(out, "wheels")); err != nil {
			t.Fatal(err, log)
		}
	}
	files := 0
	check(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		relative, err := filepath.Rel(dir, path)
		check(t, err)
		first, err := os.ReadFile(path)
		check(t, err)
		second, err := os.ReadFile(filepath.Join(again, relative))
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs between two runs", relative)
		}
		return err
	}))
	if want := 6*4 + 4 + 6; files != want {
		t.Errorf("%d files were written, want %d", files, want)
	}

	optional := map[string]string{}
	for npm, platform := range map[string]string{
		"linux-x64": "linux_amd64.tar.gz", "linux-arm64": "linux_arm64.tar.gz", "darwin-x64": "darwin_amd64.tar.gz",
		"darwin-arm64": "darwin_arm64.tar.gz", "win32-x64": "windows_amd64.zip", "win32-arm64": "windows_arm64.zip",
	} {
		optional["@qasleaks/"+npm] = "1.2.3"
		folder := filepath.Join(dir, "npm", "@qasleaks", npm)
		about := packageJSON(t, folder)
		system, cpu, _ := strings.Cut(npm, "-")
		if about.Name != "@qasleaks/"+npm || about.Version != "1.2.3" || !slices.Equal(about.OS, []string{system}) || !slices.Equal(about.CPU, []string{cpu}) {
			t.Errorf("%s has %+v", npm, about)
		}
		program := filepath.Join(folder, "bin", "qasleaks")
		if system == "win32" {
			program += ".exe"
		}
		if got := read(t, program); got != "program of "+platform {
			t.Errorf("%s has the %s", npm, got)
		}
		if info, err := os.Stat(program); err != nil || info.Mode().Perm()&0o111 == 0 {
			t.Errorf("%s cannot be executed: %v", program, info.Mode())
		}
	}
	about := packageJSON(t, filepath.Join(dir, "npm", "qasleaks"))
	if fmt.Sprint(about.OptionalDependencies) != fmt.Sprint(optional) || about.Version != "1.2.3" || len(about.Scripts) > 0 {
		t.Errorf("the main package has %+v", about)
	}
	launcher := read(t, filepath.Join(dir, "npm", "qasleaks", about.Bin["qasleaks"]))
	for npm := range optional {
		if !strings.Contains(launcher, "'"+strings.TrimPrefix(npm, "@qasleaks/")+"'") {
			t.Errorf("the launcher does not know %s", npm)
		}
	}
	for wheel, program := range map[string]string{
		"manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64": "linux_amd64.tar.gz", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64": "linux_arm64.tar.gz",
		"macosx_12_0_x86_64": "darwin_amd64.tar.gz", "macosx_12_0_arm64": "darwin_arm64.tar.gz", "win_amd64": "windows_amd64.zip", "win_arm64": "windows_arm64.zip",
	} {
		checkWheel(t, filepath.Join(dir, "wheels", "qasleaks-1.2.3-py3-none-"+wheel+".whl"), strings.Split(wheel, "."), "program of "+program)
	}
}

type packageFile struct {
	Name, Version                      string
	OS, CPU                            []string
	Bin, Scripts, OptionalDependencies map[string]string
}

func packageJSON(t *testing.T, folder string) (about packageFile) {
	t.Helper()
	check(t, json.Unmarshal([]byte(read(t, filepath.Join(folder, "package.json"))), &about))
	return about
}

// checkWheel compares a wheel with its RECORD and its tags, and looks for the program.
func checkWheel(t *testing.T, path string, tags []string, program string) {
	t.Helper()
	wheel, err := zip.OpenReader(path)
	check(t, err)
	defer wheel.Close()
	var record strings.Builder
	found := false
	content := map[string]string{}
	for _, file := range wheel.File {
		member, err := file.Open()
		check(t, err)
		text, err := io.ReadAll(member)
		check(t, err)
		content[filepath.Base(file.Name)] = string(text)
		if filepath.Base(file.Name) == "RECORD" {
			fmt.Fprintf(&record, "%s,,\n", file.Name)
			continue
		}
		sum := sha256.Sum256(text)
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", file.Name, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
		if strings.HasPrefix(file.Name, "qasleaks-1.2.3.data/scripts/qasleaks") {
			found = string(text) == program && file.Mode().Perm() == 0o755
		}
	}
	if !found {
		t.Errorf("%s does not have the %s as a script", path, program)
	}
	if content["RECORD"] != record.String() {
		t.Errorf("%s has this RECORD:\n%s\nwant:\n%s", path, content["RECORD"], &record)
	}
	for _, tag := range tags {
		if !strings.Contains(content["WHEEL"], "Tag: py3-none-"+tag+"\n") {
			t.Errorf("%s lacks the tag of %s", path, tag)
		}
	}
	if !strings.HasPrefix(content["METADATA"], "Metadata-Version: 2.1\nName: qasleaks\nVersion: 1.2.3\n") {
		t.Errorf("%s has this METADATA:\n%s", path, content["METADATA"])
	}
}

// TestPackagesRefuse has no version, and an archive too few.
func TestPackagesRefuse(t *testing.T) {
	archives := releaseArchives(t, "1.2.3-rc.1")
	refuses := func(says string, args ...string) {
		t.Helper()
		out := t.TempDir()
		log, err := makePackages(t, append(args, "-archives", archives, "-npm", filepath.Join(out, "npm"), "-wheels", filepath.Join(out, "wheels"))...)
		if err == nil || !strings.Contains(log, says) {
			t.Errorf("%v: %v, want it to say %q:\n%s", args, err, says, log)
		}
	}
	refuses(`-version "v1.2.3-rc.1"`, "-version", "v1.2.3-rc.1")
	refuses("qasleaks_1.2.3_linux_amd64.tar.gz", "-version", "1.2.3")
	place(t, archives, "qasleaks_1.2.3-rc.1_darwin_arm64.tar.gz", string(archive(t, "x.tar.gz", ""))[:20])
	refuses("read qasleaks of", "-version", "1.2.3-rc.1")
}

// TestPreCommitMirror holds the content of the mirror repository to the hooks of this one.
func TestPreCommitMirror(t *testing.T) {
	folder := filepath.Join(root, "deploy", "pre-commit-mirror")
	pinned := regexp.MustCompile(`qasleaks==(\d+\.\d+\.\d+)"`).FindStringSubmatch(read(t, folder+"/pyproject.toml"))
	if pinned == nil {
		t.Fatal("the mirror does not pin qasleaks")
	}
	dir := t.TempDir()
	if log, err := makePackages(t, "-version", pinned[1], "-mirror", dir); err != nil {
		t.Fatal(err, log)
	}
	for _, name := range []string{".pre-commit-hooks.yaml", "pyproject.toml", "README.md"} {
		if read(t, filepath.Join(dir, name)) != read(t, filepath.Join(folder, name)) {
			t.Errorf("%s is out of date: go run scripts/packages/*.go -version %s -mirror %s", name, pinned[1], folder)
		}
	}
	if log, err := makePackages(t, "-version", "1.2.3-rc.1", "-mirror", dir); err != nil || !strings.Contains(read(t, dir+"/pyproject.toml"), `"qasleaks==1.2.3rc1"`) {
		t.Error("a release candidate does not have the version that Python wants:", err, log)
	}
	if hooks := read(t, folder+"/.pre-commit-hooks.yaml"); strings.Count(hooks, "language: python") != 3 || strings.Count(hooks, "language:") != 3 {
		t.Errorf("the mirror has other hooks than three of Python:\n%s", hooks)
	}
}
