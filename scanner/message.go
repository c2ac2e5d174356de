package scanner

import "strings"

// message says what was found, where, and what is unusual about it. It stays structured
// until the finding is made, because later steps have more details on where a key is.
type message struct {
	what, where string
	remarks     []string
}

// String returns the message as one sentence without a full stop.
func (m message) String() string {
	text := strings.TrimSuffix(m.what, ".")
	if m.where != "" {
		text += " " + m.where
	}
	return strings.Join(append([]string{text}, m.remarks...), "; ")
}
