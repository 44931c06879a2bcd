package launch

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// handOver returns a file in memory with the given bytes, to be read from its start. It has no name that another process could
// open, needs no disk, and is whole before whoever reads it exists.
func handOver(name string, b []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("mayfly-"+name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory for the %s: %w", name, err)
	}
	f := os.NewFile(uintptr(fd), name)
	if _, err := f.WriteAt(b, 0); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("write the %s into memory: %w", name, err)
	}
	return f, nil
}
