//go:build race

package launchtest

import "time"

// What the race detector costs an executor: memory beside each byte that it touches, and a second at its end.
const (
	memoryCost = 3
	endCost    = time.Second
)
