// Package event turns native events of platforms into records, and batches of Kafka records into what a sink writes, without any
// coordinator. A [Handler] takes the JSON of an AWS Lambda event or an HTTP request, tells by its shape what it is, and runs it with
// tasks/exec: converters, transforms, dead letters, and each event written once.
//
// Beside the connector, all that it needs comes from the environment: see [ReadSettings].
package event
