package file

import (
	"bytes"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// appendLines appends the text of each value as Java's println writes it, but for records below the offset from.
func appendLines(dst []byte, records []tasks.Record, from int64) []byte {
	for i := range records {
		if records[i].Raw.Offset >= from {
			begin := len(dst)
			dst = convert.AppendJava(dst, records[i].Value)
			dst = append(dst[:begin+len(halves(dst[begin:]))], '\n')
		}
	}
	return dst
}

// halves puts a question mark in the place of each half of a surrogate pair, of three bytes, as Java's UTF-8 does.
func halves(text []byte) []byte {
	for from := 0; ; {
		i := bytes.IndexByte(text[from:], 0xed)
		if i < 0 || from+i+2 >= len(text) {
			return text
		}
		if from += i; text[from+1] >= 0xa0 {
			text[from] = '?'
			text = append(text[:from+1], text[from+3:]...)
		}
		from++
	}
}
