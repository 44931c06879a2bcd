//go:build !linux

package launch

import (
	"errors"
	"fmt"
	"os"
)

// handOver returns a file without a name with the given bytes, to be read from its start. It is whole before whoever reads it
// exists.
func handOver(name string, b []byte) (*os.File, error) {
	f, err := os.CreateTemp("", "mayfly-"+name)
	if err != nil {
		return nil, fmt.Errorf("make a file for the %s: %w", name, err)
	}
	_, err = f.WriteAt(b, 0)
	if err = errors.Join(err, os.Remove(f.Name())); err != nil {
		return nil, errors.Join(fmt.Errorf("write the %s: %w", name, err), f.Close())
	}
	return f, nil
}
