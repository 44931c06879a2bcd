// Package rest replays recorded exchanges with a real Kafka Connect 4.3.1 against coordinators on the embedded broker.
//
// testdata holds the recordings; MAYFLY_REST names another folder of the same format. A file is a list of scenarios, a
// scenario a list of steps: prepare files and topics, wait for a state, send a request, compare the answer.
package rest
