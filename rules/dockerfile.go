package rules

import (
	"bytes"
	"strings"
)

// instruction is an instruction of a Dockerfile. Its arguments are as they are written,
// without quotes.
type instruction struct {
	name string // in upper case
	args []imageWord
}

// imageWord is an argument of an instruction, and where it begins in the file.
type imageWord struct {
	start int
	text  string
}

// instructions reads a Dockerfile (docs.docker.com/reference/dockerfile). The parser of
// BuildKit would make the program larger by a sixth, for the little that rules need:
// continued lines, comments and words.
func instructions(text []byte) []instruction {
	escape := byte('\\')
	if first := firstLine(text); containsFold(first, "escape=`") {
		escape = '`'
	}
	var all []instruction
	continued := false
	for at := 0; at < len(text); {
		line := firstLine(text[at:])
		start := at
		at += len(line) + 1
		content := bytes.TrimSpace(line)
		if len(content) == 0 || content[0] == '#' {
			continue
		}
		last := content[len(content)-1] == escape
		if last {
			line = line[:bytes.LastIndexByte(line, escape)]
		}
		words := imageWords(line, start)
		if !continued && len(words) > 0 {
			all = append(all, instruction{name: strings.ToUpper(words[0].text)})
			words = words[1:]
		}
		if len(all) > 0 {
			now := &all[len(all)-1]
			now.args = append(now.args, words...)
		}
		continued = last
		if !last {
			at += heredocs(line, text[min(at, len(text)):])
		}
	}
	return all
}

// imageWords splits a line at blanks that are not in quotes.
func imageWords(line []byte, base int) []imageWord {
	var words []imageWord
	for i := 0; i < len(line); {
		if i = skip(line, i, " \t\r[],", len(line)); i == len(line) {
			break
		}
		start := i
		var quote byte
		var text []byte
		for ; i < len(line) && (quote != 0 || bytes.IndexByte([]byte(" \t\r"), line[i]) < 0); i++ {
			switch c := line[i]; {
			case c == quote:
				quote = 0
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				if len(text) == 0 {
					start = i + 1
				}
			default:
				text = append(text, c)
			}
		}
		words = append(words, imageWord{base + start, strings.TrimRight(string(text), "],")})
	}
	return words
}

// heredocs returns the length of the here documents that a line begins: RUN <<EOF.
func heredocs(line, after []byte) int {
	length := 0
	for _, part := range bytes.Split(line, []byte("<<"))[1:] {
		part = bytes.TrimLeft(part, "-")
		name := bytes.Trim(part[:wordEnd(bytes.Trim(part, `"'`), 0, maxNameLen)], `"'`)
		if len(name) == 0 {
			continue
		}
		for length < len(after) {
			l := firstLine(after[length:])
			length = min(len(after), length+len(l)+1)
			if bytes.Equal(bytes.TrimSpace(l), name) {
				break
			}
		}
	}
	return length
}

// sources returns what an instruction copies from the build's folder.
func (i instruction) sources() []imageWord {
	if i.name != "COPY" && i.name != "ADD" {
		return nil
	}
	args := i.args
	for len(args) > 0 && strings.HasPrefix(args[0].text, "--") {
		if strings.HasPrefix(args[0].text, "--from=") {
			return nil // from another image
		}
		args = args[1:]
	}
	return args[:max(0, len(args)-1)]
}
