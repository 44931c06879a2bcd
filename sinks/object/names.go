package object

import (
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Names makes object names as Connect's storage connectors do.
type Names struct {
	// TopicsDir is the first element; empty leaves it out.
	TopicsDir string
	// DirDelim is between directories, FileDelim within the file's name.
	DirDelim, FileDelim string
	// Pad is the number of digits to which the start offset is filled up.
	Pad int
}

// Name returns <topics.dir>/<topic>/<dir>/<topic>+<n>+<start><ext>.
func (n Names) Name(s tasks.Stream, dir string, start int64, ext string) string {
	var b strings.Builder
	if n.TopicsDir != "" {
		b.WriteString(n.TopicsDir)
		b.WriteString(n.DirDelim)
	}
	digits := strconv.FormatInt(start, 10)
	b.WriteString(s.Topic)
	b.WriteString(n.DirDelim)
	b.WriteString(dir)
	b.WriteString(n.DirDelim)
	b.WriteString(s.Topic)
	b.WriteString(n.FileDelim)
	b.WriteString(strconv.Itoa(int(s.Partition)))
	b.WriteString(n.FileDelim)
	b.WriteString(strings.Repeat("0", max(0, n.Pad-len(digits))))
	b.WriteString(digits)
	b.WriteString(ext)
	return b.String()
}
