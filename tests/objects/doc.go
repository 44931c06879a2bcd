// Package objects replays recordings of what the Java object store sinks wrote (tests/vectors/testdata/objects, described by
// its README) against ours: names, contents, committed offsets, dead letters, failures.
//
// A recording's deliveries become slices as a planner cuts them: each put is a slice from the committed position to the
// newest record; a sink whose every slice closes its tail gets a slice for each commit; where rotate.schedule.interval.ms is set, a slot that passes is a slice whose tail is closed. The clock is
// the plan time.
//
// Where ours is to differ, it is here and nowhere else:
//   - An offset is committed as soon as nothing before it waits: behind records that were filtered, ignored or became dead
//     letters, Java commits only with the next file.
//   - Every object is created under If-None-Match; Java does so only with a schedule.
//   - What is a plain defect of the Java code is named in defects.json, with its reason. There our sink has to go on, with all
//     that Java wrote before it broke.
package objects
