package gcs_test

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// lost counts the uploads to buckets that lose every other answer; numbers keeps the tests' buckets apart.
var lost, numbers atomic.Int64

// busy counts the uploads that were refused, by bucket.
var busy sync.Map

func refuse(path string) {
	n, _ := busy.LoadOrStore(strings.Split(path, "/b/")[1], new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// refused returns how many uploads to a bucket were refused.
func refused(bucket string) int64 {
	n, ok := busy.Load(bucket + "/o")
	if !ok {
		return 0
	}
	return n.(*atomic.Int64).Load()
}

func number() string { return strconv.FormatInt(numbers.Add(1), 10) }
