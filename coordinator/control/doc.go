// Package control is the coordinator's loop: it gathers events, folds them into the planner's state, asks what is to be done,
// writes that in one transaction, and then launches what was granted. One goroutine owns the state. Everything that is not a
// decision is behind a small interface: the store, the observer of partitions, the launcher of executors.
//
// A grant is durable before its executor starts (I1, I4). When a write fails, what it did is unknown; the loop ends then, and
// a new one that reads the store goes on. Leases in flight do not notice.
package control
