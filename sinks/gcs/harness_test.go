package gcs_test

import (
	"strconv"
	"sync/atomic"
)

// lost counts the uploads to buckets that lose every other answer; numbers keeps the tests' buckets apart.
var lost, numbers atomic.Int64

func number() string { return strconv.FormatInt(numbers.Add(1), 10) }
