// Package explain says what became of a record: which lease, attempt and executor carried it, in which object it may be or which
// dead letter it is, or why it has not been delivered yet. It reads what the coordinator keeps in Kafka, and disturbs nobody.
//
// Results stay in their topic for a day; of what was delivered before, only that it was is known.
package explain
