// Package deadletter is the work that people have with dead letter topics: to find them, to look into them, to send records
// back to where they came from, and to delete what was dealt with. It reads what Kafka Connect wrote as well as what Mayfly
// wrote, since both write the same.
//
// A replay never sends the same dead letter twice: the records and the marks of which letters they were are written in one
// transaction, under a transactional id of the dead letter topic, so that a second replay fences the first (see replay.go,
// marks.go).
package deadletter
