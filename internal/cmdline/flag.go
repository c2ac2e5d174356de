package cmdline

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Flag is a flag of a command.
type Flag struct {
	Name    string
	Aliases []string
	// Category is its group in the help.
	Category string
	// Usage is what it means. The name of its value is between backquotes.
	Usage string
	// Value is nil for a flag that takes no value, or else the default: a string, an int, a
	// [time.Duration], a []string or a [flag.Value], which is set to the value. A flag of the
	// last two types can be repeated.
	Value any
	// DefaultText is what the help says in place of the default.
	DefaultText string
}

// Help is a flag of every command.
var Help = &Flag{Name: "help", Aliases: []string{"h"}, Usage: "show help"}

// TakesValue reports whether a value belongs to the flag.
func (f *Flag) TakesValue() bool { return f.Value != nil }

// Default returns what applies if the flag is not given, for people; empty if that says
// nothing.
func (f *Flag) Default() string {
	if f.DefaultText != "" {
		return f.DefaultText
	}
	return fmt.Sprint(f.Value)
}

// Written returns how the names of the flag are written: --quiet, -h.
func (f *Flag) Written() []string {
	var names []string
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if len(name) == 1 {
			names = append(names, "-"+name)
		} else {
			names = append(names, "--"+name)
		}
	}
	return names
}

// Find returns the flag that is written as name, with its dashes, or nil.
func Find(name string, flags []*Flag) *Flag {
	for _, f := range append(slices.Clip(flags), Help) {
		if slices.Contains(f.Written(), name) {
			return f
		}
	}
	return nil
}

func (f *Flag) repeatable() bool {
	switch f.Value.(type) {
	case nil, []string, flag.Value:
		return true
	}
	return false
}

// parse returns the value of the flag after one more occurrence with a text; before is nil
// or the value so far.
func (f *Flag) parse(before any, text string) (any, error) {
	switch preset := f.Value.(type) {
	case nil:
		return true, nil
	case int:
		n, err := strconv.ParseInt(text, 0, strconv.IntSize)
		return int(n), err
	case time.Duration:
		return time.ParseDuration(text)
	case []string:
		all, _ := before.([]string)
		for item := range strings.SplitSeq(text, ",") {
			all = append(all, strings.TrimSpace(item))
		}
		return all, nil
	case flag.Value:
		return preset, preset.Set(text)
	}
	return text, nil
}

// reason says in short why a value was refused.
func reason(err error) string {
	if errors.Is(err, strconv.ErrRange) {
		return ": value out of range"
	}
	return ""
}

// IsSet reports whether a flag was given.
func (c *Context) IsSet(name string) bool {
	_, given := c.values[name]
	return given
}

// Given returns the names of the flags that were given, in the order of the command.
func (c *Context) Given() []string {
	var names []string
	for _, f := range c.Command.Flags {
		if c.IsSet(f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// valueOf returns the value of a flag, or its default. A flag that the command does not
// have has the zero value.
func valueOf[T any](c *Context, name string) T {
	value, given := c.values[name]
	if f := Find("--"+name, c.Command.Flags); !given && f != nil {
		value = f.Value
	}
	typed, _ := value.(T)
	return typed
}

// Bool reports whether a flag without a value was given.
func (c *Context) Bool(name string) bool { return valueOf[bool](c, name) }

// String returns the value of a flag.
func (c *Context) String(name string) string { return valueOf[string](c, name) }

// Int returns the value of a flag.
func (c *Context) Int(name string) int { return valueOf[int](c, name) }

// Duration returns the value of a flag.
func (c *Context) Duration(name string) time.Duration { return valueOf[time.Duration](c, name) }

// StringSlice returns the values of a flag.
func (c *Context) StringSlice(name string) []string { return valueOf[[]string](c, name) }
