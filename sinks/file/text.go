package file

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// appendLines appends the text of each value as Java's println writes it, but for records below the offset from.
func appendLines(dst []byte, records []tasks.Record, from int64) []byte {
	for i := range records {
		if records[i].Raw.Offset >= from {
			dst = append(convert.AppendJava(dst, records[i].Value), '\n')
		}
	}
	return dst
}
