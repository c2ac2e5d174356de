package redact

import (
	"fmt"
	"log/slog"
)

// Secret holds the value of a credential and hides it: formatting, logging and
// marshalling all write a mask. Only Reveal returns the value.
type Secret struct{ value string }

// Mask replaces a hidden value.
const Mask = "****"

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value. The caller must keep it out of all output.
func (s Secret) Reveal() string { return s.value }

// String returns the mask.
func (s Secret) String() string { return Mask }

// GoString returns the mask.
func (s Secret) GoString() string { return Mask }

// Format writes the mask for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Mask)) }

// MarshalText returns the mask; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// LogValue returns the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Mask) }
