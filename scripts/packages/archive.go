//go:build ignore

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// unpack returns the content of a member of a release archive.
func unpack(archive, member string) ([]byte, error) {
	packed, err := os.ReadFile(archive)
	if err != nil {
		return nil, err
	}
	var content []byte
	if strings.HasSuffix(archive, ".zip") {
		content, err = unzip(packed, member)
	} else {
		content, err = untar(packed, member)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", member, archive, err)
	}
	return content, nil
}

func unzip(packed []byte, member string) ([]byte, error) {
	files, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, err
	}
	file, err := files.Open(member)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

func untar(packed []byte, member string) ([]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	files := tar.NewReader(plain)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("not in the archive")
		}
		if err != nil {
			return nil, err
		}
		if header.Name == member {
			return io.ReadAll(files)
		}
	}
}
