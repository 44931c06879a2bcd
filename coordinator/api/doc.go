// Package api answers Kafka Connect's REST API: resources, codes, error bodies and headers are those of Connect 4.3.1.
//
// A resource has a file; errors become answers in one place, errors.go. What is stored and what runs is asked of a
// [Backend], so that the package knows neither topics nor leases.
package api
