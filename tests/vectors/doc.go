// Package vectors replays recordings of the Java converters, transforms and predicates (testdata, described by its
// README) and compares what Mayfly makes of the same input.
// The schema registry of a recording is served by the stand-in of localstack/registry.
package vectors
