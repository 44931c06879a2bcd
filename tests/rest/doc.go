// Package rest replays recorded exchanges with a real Kafka Connect 4.3.1 against the REST API.
package rest
