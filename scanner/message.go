package scanner

import "strings"

// message says what was found: a key, in what, and what is odd about it. It stays
// data until its finding is made, since later steps know better where a key is.
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
