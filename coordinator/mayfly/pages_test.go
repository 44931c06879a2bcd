package main

import "testing"

func TestReturnPages(t *testing.T) {
	t.Parallel()
	if err := returnPages(); err != nil { // and the test's own program runs on
		t.Fatal(err)
	}
}
