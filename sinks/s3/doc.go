// Package s3 writes objects into Amazon S3 and services that speak its protocol, under the property names of Kafka Connect's
// S3 sink connector. What makes it exactly-once is in package object; here is the [object.Store].
package s3
