package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mayfly-connect/mayfly/tasks"
)

// sidecar is what lies beside a file: the whole truth about it (I7).
type sidecar struct {
	Version int `json:"version"`
	// Length is the number of bytes of the file that count.
	Length int64 `json:"length"`
	// Positions holds, for each connector and lane, the first offset that the file does not hold.
	Positions map[string]map[string]int64 `json:"positions"`
}

const sidecarVersion = 1

func sidecarPath(file string) string {
	return filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".mayfly")
}

// readSidecar returns what is recorded of a file; exists is false when nothing is.
func readSidecar(file string) (s sidecar, exists bool, err error) {
	path := sidecarPath(file)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return sidecar{}, false, nil
	}
	if err != nil {
		return sidecar{}, false, tasks.Retriable(fmt.Errorf("read %s, which says how far %s is written: %w", path, file, err))
	}
	s, err = decodeSidecar(b)
	if err != nil {
		return sidecar{}, false, tasks.Fatal(fmt.Errorf("read %s, which says how far %s is written: %w; restore it, or remove it together with the file to begin anew",
			path, file, err))
	}
	return s, true, nil
}

func decodeSidecar(b []byte) (sidecar, error) {
	var s sidecar
	if err := json.Unmarshal(b, &s); err != nil {
		return sidecar{}, err
	}
	if s.Version < 1 || s.Version > sidecarVersion || s.Length < 0 {
		return sidecar{}, fmt.Errorf("version %d and length %d cannot be right", s.Version, s.Length)
	}
	return s, nil
}

// write replaces the sidecar as one step: whoever reads it, or comes back after a crash, finds the old one or the new one.
func (s *sidecar) write(file string) (err error) {
	s.Version = sidecarVersion
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := sidecarPath(file)
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes renames in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lane names a slice's stream in the sidecar. A topic that was deleted and created again is another lane: what the file holds
// of the former says nothing of it, and a late writer of the former does not touch its position.
func lane(s tasks.Slice) string {
	if s.TopicID == "" {
		return s.Stream.String()
	}
	return s.Stream.String() + " " + string(s.TopicID)
}

// position returns where a lane of a connector stands; ok is false when it never wrote.
func (s *sidecar) position(connector, lane string) (p int64, ok bool) {
	p, ok = s.Positions[connector][lane]
	return p, ok
}

func (s *sidecar) move(connector, lane string, p int64) {
	if s.Positions == nil {
		s.Positions = map[string]map[string]int64{}
	}
	if s.Positions[connector] == nil {
		s.Positions[connector] = map[string]int64{}
	}
	s.Positions[connector][lane] = p
}
