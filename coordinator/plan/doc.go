// Package plan decides which slices are granted, and when. It is pure: no clock, no goroutine, no I/O, no log. A [State]
// holds what is known; events are folded into it ([State.Observed], [State.Result], [State.ExecutorGone],
// [State.ConnectorChanged] and so on, each with the time at which it came), and [State.Next] says what is to be done now and
// when to ask again without an event. The same events give the same actions, so a year of a million partitions can be run
// in a test.
//
// # The life of a stream
//
// Data behind the committed position waits until it is worth a slice (the sink's [tasks.Cut] says so). The slice is granted:
// from then on its bounds, its configuration and its plan time stand (I1). The grant is live until its result comes, its
// executor is known to be gone, or its deadline has passed; where nobody would tell of the executor's end, as after a
// coordinator's death, only while its progress is heard of. A grant that is no longer live is granted anew, with the same
// slice, plan time and configuration and one more attempt; or it is void, and a new slice is cut from the same position:
// when a result has counted, when the configuration has changed since, or when executors keep dying on it.
//
// A void grant can do no harm: its results carry an epoch that no live grant has and are not counted (I4), and what it still
// writes is fenced at the destination.
//
// All methods want one goroutine at a time.
package plan
