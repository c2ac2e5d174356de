package redact

import (
	"fmt"
	"log/slog"
)

// Secret holds the value of a credential and shows it to nobody: formatting,
// logging and marshalling all give a mask. Only Reveal tells it.
type Secret struct{ value string }

// Mask stands for what is not shown.
const Mask = "****"

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value. Whoever calls it answers for where it goes.
func (s Secret) Reveal() string { return s.value }

// String returns the mask.
func (s Secret) String() string { return Mask }

// GoString returns the mask.
func (s Secret) GoString() string { return Mask }

// Format writes the mask whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Mask)) }

// MarshalText returns the mask; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// LogValue returns the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Mask) }
