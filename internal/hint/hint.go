// Package hint adds advice to errors for people: what to do now.
package hint

import (
	"errors"
	"fmt"
)

// Error is an error with a hint. Its text says what was tried and on what, the
// hint what to do about it, in one sentence without a full stop.
type Error struct {
	Err  error
	Hint string
}

// New returns an error with a formatted text.
func New(hint, format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Hint: hint}
}

// Error returns the text without the hint.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error inside.
func (e *Error) Unwrap() error { return e.Err }

// Of returns the outermost hint that an error carries; "" if it has none.
func Of(err error) string {
	for {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
}
