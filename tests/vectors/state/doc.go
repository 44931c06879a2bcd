// Package state replays what a real Kafka Connect worker did with whole connectors: the dead letters that it wrote
// (../testdata/dlq), and what the file connectors read and wrote (../testdata/filesink). Each recording is checked as the
// REST API checks it and then run as leases on the embedded broker.
//
// MAYFLY_DLQ and MAYFLY_FILESINK name other folders of the same format. Where Mayfly differs on purpose, differences.json says
// how and why, and the comparison leaves that out.
package state
