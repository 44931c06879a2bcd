package spooldir

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

type (
	window   = *text.Window
	readerAt = io.ReaderAt
)

// headLength is how many bytes of a file's beginning a fingerprint covers at most.
const headLength = 4096

// position is where a file was read to. Head is the fingerprint of the file's first min(Offset, headLength) bytes, so it
// holds for as long as the file only grows; "" (an offset that a person set) matches any file.
type position struct {
	Offset int64  `json:"offset"`
	Head   string `json:"head"`
}

func parsePosition(p tasks.Position) (position, error) {
	if p == "" {
		return position{}, nil
	}
	var at struct {
		Offset *int64 `json:"offset"`
		Head   string `json:"head"`
	}
	if err := json.Unmarshal([]byte(p), &at); err != nil || at.Offset == nil || *at.Offset < 0 {
		return position{}, fmt.Errorf(`source offset %s is not of the form {"offset":<bytes>}; alter or reset the connector's offsets`, p)
	}
	return position{*at.Offset, at.Head}, nil
}

// head is a file's beginning. Not safe for concurrent use.
type head struct {
	bytes  []byte
	at     int64 // the offset of the last fingerprint
	print  string
	filled bool
}

func readHead(f readerAt) (*head, error) {
	b := make([]byte, headLength)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read at 0: %w", err)
	}
	return &head{bytes: b[:n]}, nil
}

func (h *head) fingerprint(offset int64) string {
	n := min(offset, int64(len(h.bytes)))
	if !h.filled || n != h.at {
		sum := fnv.New64a()
		sum.Write(h.bytes[:n])
		h.at, h.print, h.filled = n, fmt.Sprintf("%016x", sum.Sum64()), true
	}
	return h.print
}

// matches reports whether a position can be one of this file.
func (h *head) matches(p position) bool { return p.Head == "" || p.Head == h.fingerprint(p.Offset) }

func (h *head) appendPosition(b []byte, offset int64) []byte {
	b = strconv.AppendInt(append(b, `{"offset":`...), offset, 10)
	b = append(b, `,"head":"`...)
	return append(append(b, h.fingerprint(offset)...), `"}`...)
}

func (h *head) position(offset int64) tasks.Position {
	return tasks.Position(h.appendPosition(nil, offset))
}

// check returns what is wrong when a file that has size bytes is read on from p.
func (h *head) check(p position, size int64) error {
	switch {
	case p.Offset > size:
		return fmt.Errorf("it has %d bytes, but %d were read before: it was cut, or another file took its name; "+
			"give the new file another name, or reset the offset of this split", size, p.Offset)
	case !h.matches(p):
		return fmt.Errorf("its beginning is not that of the file that was read to %d: another file took its name; "+
			"give the new file another name, or reset the offset of this split", p.Offset)
	}
	return nil
}

func splitOf(name string) string {
	return string(append(text.AppendQuoted([]byte(`{"fileName":`), name), '}'))
}

func nameOf(split string) (string, error) {
	var s struct {
		FileName string `json:"fileName"`
	}
	if err := json.Unmarshal([]byte(split), &s); err != nil || s.FileName == "" {
		return "", fmt.Errorf(`source partition %s is not of the form {"fileName":"<name>"}`, split)
	}
	return s.FileName, nil
}
