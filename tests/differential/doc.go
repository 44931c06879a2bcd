// Package differential runs the same connectors on the same topics in Apache Kafka Connect and in Mayfly, and compares what they
// leave behind: files and topics byte by byte, dead letters with their headers, committed offsets, and how tasks failed. Its
// tests are of the real tier. What is to differ stands in compare_test.go and nowhere else.
package differential
