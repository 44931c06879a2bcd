// Package vectors replays recordings of the Java converters, transforms and predicates (testdata, described by its
// README) and compares what Mayfly makes of the same input.
package vectors
