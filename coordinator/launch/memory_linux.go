package launch

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// resident returns how many bytes of memory a process uses, 0 when that is not known.
func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64) // 0 is not known
	return pages * int64(os.Getpagesize())
}
