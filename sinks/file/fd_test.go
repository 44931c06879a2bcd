package file_test

import (
	"os"
	"strconv"
)

func fd(f *os.File) string { return strconv.Itoa(int(f.Fd())) }
