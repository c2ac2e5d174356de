//go:build !linux && !darwin

package mmap

import (
	"errors"
	"os"
)

// seekData is zero: holes are not known here.
const seekData, seekHole = 0, 0

func isNoData(error) bool { return false }

func mapExtents(*os.File, []extent) (*Map, error) { return nil, errors.ErrUnsupported }
