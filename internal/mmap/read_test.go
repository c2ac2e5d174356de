package mmap

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRead(t *testing.T) {
	failed := errors.New("failed")
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{{"", 10, ""}, {"text", 10, "text"}, {"text", 4, "text"}, {"text", 3, "tex"}, {strings.Repeat("x", 1<<20), 1 << 21, strings.Repeat("x", 1<<20)}} {
		m, err := Read(iotest.HalfReader(strings.NewReader(test.text)), test.limit)
		if err != nil || string(m.Bytes()) != test.want {
			t.Errorf("limit %d: %.20q, %v", test.limit, m.Bytes(), err)
		}
		if err := errors.Join(m.Close(), m.Close()); err != nil {
			t.Error(err)
		}
	}
	m, err := Read(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("text"))), 10)
	if string(m.Bytes()) != "t" || !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("%q, %v", m.Bytes(), err)
	}
	if _, err := Read(iotest.ErrReader(failed), 10); !errors.Is(err, failed) {
		t.Error(err)
	}
}
