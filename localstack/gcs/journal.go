package gcs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// A journal is the log of one bucket: a line of JSON for each change.
type journal struct {
	*os.File
	size int64 // of whole lines
}

// An entry is one change.
type entry struct {
	Put    *object `json:"put,omitempty"`
	Delete string  `json:"delete,omitempty"`
}

func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{f, info.Size()}, nil
}

// append writes an entry, whole or not at all.
func (j *journal) append(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := j.Write(line); err != nil {
		return errors.Join(err, j.Truncate(j.size))
	}
	j.size += int64(len(line))
	return nil
}

// readJournal replays a journal into a bucket. A last line without its end is
// what a death in the middle of a write leaves: it never happened.
func readJournal(path string, b *bucket) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			return nil
		}
		data = rest
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%s is damaged in line %d: %w", path, n, err)
		}
		if e.Put != nil {
			b.put(e.Put)
		} else {
			b.remove(e.Delete)
		}
	}
}

// rewriteJournal replaces a journal by one that holds what is left, in one
// step.
func rewriteJournal(path string, b *bucket) error {
	tmp := path + ".tmp"
	if err := removeIfThere(tmp); err != nil {
		return err
	}
	j, err := openJournal(tmp)
	if err != nil {
		return err
	}
	for _, name := range b.names() {
		if err = j.append(entry{Put: b.objects[name]}); err != nil {
			break
		}
	}
	if err = errors.Join(err, j.Sync(), j.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
