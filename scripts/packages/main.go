//go:build ignore

// Command packages writes the npm packages, the Python wheels and the content of the
// pre-commit mirror repository from the archives of a release. It needs no network, no
// npm and no Python, and writes the same bytes each time.
//
//	go run scripts/packages/*.go -version 1.2.3 -archives dist -npm dist/npm -wheels dist/wheels
//	go run scripts/packages/*.go -version 1.2.3 -mirror deploy/pre-commit-mirror
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

const (
	homepage = "https://github.com/qasleaks/qasleaks"
	summary  = "Finds QA Sphere API keys in files and git history"
)

// A platform has the names that goreleaser, npm and Python's wheels give to a system.
// The programs are static, so that one wheel serves glibc and musl; Go 1.26 runs on
// macOS 12 and newer.
type platform struct {
	archive, npmOS, npmCPU, wheel string
}

var platforms = []platform{
	{"linux_amd64.tar.gz", "linux", "x64", "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"},
	{"linux_arm64.tar.gz", "linux", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"},
	{"darwin_amd64.tar.gz", "darwin", "x64", "macosx_12_0_x86_64"},
	{"darwin_arm64.tar.gz", "darwin", "arm64", "macosx_12_0_arm64"},
	{"windows_amd64.zip", "win32", "x64", "win_amd64"},
	{"windows_arm64.zip", "win32", "arm64", "win_arm64"},
}

func (p platform) program() string {
	if p.npmOS == "win32" {
		return "qasleaks.exe"
	}
	return "qasleaks"
}

func main() {
	version := flag.String("version", "", "the `version` of the release, such as 1.2.3 or 1.2.3-rc.1")
	archives := flag.String("archives", "", "the `folder` of the release archives")
	npm := flag.String("npm", "", "write the npm packages below this `folder`")
	wheels := flag.String("wheels", "", "write the wheels to this `folder`")
	mirror := flag.String("mirror", "", "write the pre-commit mirror to this `folder`")
	flag.Parse()
	if err := run(*version, *archives, *npm, *wheels, *mirror); err != nil {
		fmt.Fprintln(os.Stderr, "packages:", err)
		os.Exit(1)
	}
}

func run(version, archives, npm, wheels, mirror string) error {
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?$`).MatchString(version) {
		return fmt.Errorf("-version %q: want one such as 1.2.3 or 1.2.3-rc.1", version)
	}
	if mirror != "" {
		if err := writeMirror(mirror, pythonVersion(version)); err != nil {
			return err
		}
	}
	if npm == "" && wheels == "" {
		return nil
	}
	for _, p := range platforms {
		program, err := unpack(filepath.Join(archives, "qasleaks_"+version+"_"+p.archive), p.program())
		if err != nil {
			return err
		}
		if npm != "" {
			if err := writePlatformPackage(npm, version, p, program); err != nil {
				return err
			}
		}
		if wheels != "" {
			if err := writeWheel(wheels, pythonVersion(version), p, program); err != nil {
				return err
			}
		}
	}
	if npm != "" {
		return writeMainPackage(npm, version)
	}
	return nil
}

// writeFile writes a file, and the folders that it is in.
func writeFile(name string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, mode)
}
