// Package data holds real public data for the demo, tests and benchmarks; README.md says what each is.
package data

import _ "embed"

// Birdstrikes is the bird strikes CSV: a header row and 10,000 rows of 14 columns.
//
//go:embed birdstrikes.csv
var Birdstrikes []byte
