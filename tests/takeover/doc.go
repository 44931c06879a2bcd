// Package takeover starts coordinators on internal topics that Kafka Connect 4.3.1 left, or that are damaged, and compares what
// they answer and write with what a Java worker answered and wrote.
//
// testdata/cases holds the recordings, one file each; MAYFLY_TAKEOVER names another folder of the same format.
// testdata/differs.json names where a coordinator does better than the Java worker, each with its reason.
package takeover
