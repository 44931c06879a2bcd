// Package javaproperties reads the text format of java.util.Properties.
package javaproperties

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
)

// blank is what Java takes for white space here.
const blank = " \t\f"

// errUnicode is Java's own text.
var errUnicode = errors.New(`Malformed \uxxxx encoding.`)

// Parse reads properties. The last of several values of a key counts. How the bytes were encoded is the caller's to know.
// An error names the line, and nothing of what stands in it.
func Parse(text string) (map[string]string, error) {
	out := map[string]string{}
	for number, line := range logicalLines(text) {
		k, v := split(line)
		key, err := unescape(k)
		if err == nil {
			out[key], err = unescape(v)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return out, nil
}

// logicalLines joins the lines that end in a backslash with the next, and leaves out comments and empty ones. With each comes the number
// of the line that it begins in.
func logicalLines(text string) iter.Seq2[int, string] {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return func(yield func(int, string) bool) {
		var line strings.Builder
		open := false
		number, first := 0, 0
		for natural := range strings.SplitSeq(text, "\n") {
			if number++; !open {
				first = number
			}
			natural = strings.TrimLeft(natural, blank)
			if !open && (natural == "" || natural[0] == '#' || natural[0] == '!') {
				continue
			}
			backslashes := len(natural) - len(strings.TrimRight(natural, `\`))
			if open = backslashes%2 == 1; open {
				line.WriteString(natural[:len(natural)-1])
				continue
			}
			line.WriteString(natural)
			if line.Len() > 0 && !yield(first, line.String()) {
				return
			}
			line.Reset()
		}
		if line.Len() > 0 {
			yield(first, line.String())
		}
	}
}

// split cuts a line at the first separator that is not escaped: white space, or one = or : with white space around it.
func split(line string) (key, value string) {
	end := 0
	for end < len(line) && !strings.ContainsRune(blank+"=:", rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	value = strings.TrimLeft(line[end:], blank)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], blank)
	}
	return line[:end], value
}

func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var units []uint16 // of \u escapes in a row, which may be halves of one character
	var b strings.Builder
	flush := func() {
		b.WriteString(string(utf16.Decode(units)))
		units = units[:0]
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			if i++; i == len(s) {
				break
			}
			if s[i] == 'u' {
				if i+5 > len(s) {
					return "", errUnicode
				}
				n, err := strconv.ParseUint(s[i+1:i+5], 16, 16)
				if err != nil {
					return "", errUnicode
				}
				units = append(units, uint16(n))
				i += 4
				continue
			}
			c = s[i]
			if k := strings.IndexByte("tnrf", c); k >= 0 {
				c = "\t\n\r\f"[k]
			}
		}
		flush()
		b.WriteByte(c)
	}
	flush()
	return b.String(), nil
}
