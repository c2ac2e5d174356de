package unpack

import (
	"bytes"
	"strconv"
)

// pdf opens the streams of a PDF file that are compressed by Flate (ISO 32000-1, 7.3.8 and
// 7.4.4). Its other text is as it is. Images are left out.
func (w *walk) pdf(layers []string, data []byte) {
	if encrypted := bytes.LastIndex(data, []byte("/Encrypt")); encrypted >= 0 && isPDFName(data[encrypted+len("/Encrypt"):]) {
		w.leave(layers, "encrypted PDF file, its streams were not read")
		return
	}
	others := 0
	begin := 0 // of what a dictionary may be in
	for at, n := 0, 0; !w.stopped(); {
		next := bytes.Index(data[at:], []byte("stream"))
		if next < 0 {
			break
		}
		at += next + len("stream")
		dictionary, ok := streamDictionary(data[begin : at-len("stream")])
		begin = at
		if !ok || at == len(data) || data[at] != '\r' && data[at] != '\n' {
			continue
		}
		n++
		if data[at] == '\r' {
			at++
		}
		at = min(at+1, len(data))
		filter := firstFilter(dictionary)
		switch {
		case bytes.Contains(dictionary, []byte("/Image")):
		case filter == "/FlateDecode" || filter == "/Fl":
			at += w.pdfStream(within(layers, kindPDF, "stream "+strconv.Itoa(n)), data[at:])
		case filter != "":
			others++
		}
	}
	if others > 0 {
		w.leave(layers, "streams of the PDF file in other filters than Flate were not read: %d", others)
	}
}

// isPDFName reports whether the name before it ends where data begins.
func isPDFName(data []byte) bool {
	return len(data) > 0 && bytes.IndexByte([]byte(" \t\r\n/<0123456789"), data[0]) >= 0
}

// longestDictionary bounds the dictionary of a stream.
const longestDictionary = 1 << 10

// streamDictionary returns the dictionary that data ends with; not ok if with none.
func streamDictionary(data []byte) (dictionary []byte, ok bool) {
	near := bytes.TrimRight(data[max(0, len(data)-longestDictionary):], " \t\r\n")
	if !bytes.HasSuffix(near, []byte(">>")) {
		return nil, false
	}
	if begin := bytes.LastIndex(near, []byte("obj")); begin >= 0 {
		near = near[begin:]
	}
	return near, true
}

// firstFilter returns what has to be undone first of a stream; empty if nothing.
func firstFilter(dictionary []byte) string {
	_, after, ok := bytes.Cut(dictionary, []byte("/Filter"))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, " \t\r\n[")
	if len(after) < 2 || after[0] == ']' {
		return ""
	}
	end := bytes.IndexAny(after[1:], " \t\r\n/[]<>")
	if end < 0 {
		return "?"
	}
	return string(after[:1+end])
}

// pdfStream opens a stream and returns how much of data it takes.
func (w *walk) pdfStream(layers []string, data []byte) int {
	source := bytes.NewReader(data)
	b := newBuffer(source)
	defer dropBuffer(b)
	w.member(layers, w.decompress(layers, kindZlib, b))
	return len(data) - source.Len() - b.Buffered()
}
