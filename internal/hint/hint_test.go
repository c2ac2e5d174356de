package hint_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/qasleaks/qasleaks/internal/hint"
)

func TestOf(t *testing.T) {
	inner := hint.New("do this", "read %s: %w", "a", fs.ErrNotExist)
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("plain"), ""},
		{inner, "do this"},
		{fmt.Errorf("scan: %w", inner), "do this"},
		{&hint.Error{Err: inner, Hint: "do that"}, "do that"},
		{&hint.Error{Err: inner}, "do this"},
	} {
		if got := hint.Of(c.err); got != c.want {
			t.Errorf("hint of %v: %q, want %q", c.err, got, c.want)
		}
	}
	if !errors.Is(inner, fs.ErrNotExist) || inner.Error() != "read a: file does not exist" {
		t.Errorf("the error inside is lost: %v", inner)
	}
}
