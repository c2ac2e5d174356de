package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// jsonWriter writes JSON value by value, so that a whole report is never in memory.
// It keeps the first error, and writes nothing after it.
type jsonWriter struct {
	w       *bufio.Writer
	encoded bytes.Buffer // the last value, without white space
	encoder *json.Encoder
	layout  layout
	err     error
}

func newJSONWriter(w io.Writer) *jsonWriter {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	j.encoder = json.NewEncoder(&j.encoded)
	j.encoder.SetEscapeHTML(false) // reports are files of their own, not parts of web pages
	return j
}

func (j *jsonWriter) printf(format string, args ...any) {
	if j.err == nil {
		_, j.err = fmt.Fprintf(j.w, format, args...)
	}
}

func (j *jsonWriter) write(text []byte) {
	if j.err == nil {
		_, j.err = j.w.Write(text)
	}
}

// inParts is a value that is written in parts, since it may be large.
type inParts func(indent string)

// value writes v. Its lines after the first begin with indent.
func (j *jsonWriter) value(indent string, v any) {
	if parts, ok := v.(inParts); ok {
		parts(indent)
		return
	}
	j.write(j.text(indent, v))
}

// text returns what value writes, until it is called again.
func (j *jsonWriter) text(indent string, v any) []byte {
	if j.err != nil {
		return nil
	}
	j.encoded.Reset()
	if j.err = j.encoder.Encode(v); j.err != nil {
		return nil
	}
	return j.layout.of(bytes.TrimSuffix(j.encoded.Bytes(), []byte("\n")), indent)
}

// compact writes v and a newline, on one line.
func (j *jsonWriter) compact(v any) {
	j.layout.flat = true
	j.value("", v)
	j.printf("\n")
}

// list writes values, and asks for each only when it is its turn.
func (j *jsonWriter) list(indent string, items iter.Seq[any]) {
	separator := "["
	for item := range items {
		j.printf("%s%s", separator, j.newLine(indent+"  "))
		j.value(indent+"  ", item)
		if separator = ","; j.err != nil {
			return
		}
	}
	if separator == "[" {
		j.printf("[]")
		return
	}
	j.printf("%s]", j.newLine(indent))
}

// newLine returns what begins a line.
func (j *jsonWriter) newLine(indent string) string {
	if j.layout.flat {
		return ""
	}
	return "\n" + indent
}

// ahead computes values while earlier ones are written. It returns only after the
// computation has ended.
func ahead(items iter.Seq[any]) iter.Seq[any] {
	return func(yield func(any) bool) {
		computed, stop := make(chan any, 64), make(chan struct{})
		go func() {
			defer close(computed)
			for item := range items {
				select {
				case computed <- item:
				case <-stop:
					return
				}
			}
		}()
		for item := range computed {
			if !yield(item) {
				close(stop)
				for range computed { // until it is closed
				}
				return
			}
		}
	}
}

// each returns n values.
func each(n int, item func(i int) any) iter.Seq[any] {
	return func(yield func(any) bool) {
		for i := range n {
			if !yield(item(i)) {
				return
			}
		}
	}
}

func (j *jsonWriter) flush() error {
	if j.err != nil {
		return j.err
	}
	return j.w.Flush()
}
