//go:build !race

package launchtest

const (
	memoryCost = 1
	endCost    = 0
)
