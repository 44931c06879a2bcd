// Package gcs is the sink for Google Cloud Storage, under the name of Confluent's io.confluent.connect.gcs.GcsSinkConnector:
// its configuration and object layout, exactly once. What it writes is decided in package object; here are the client, its
// errors and the configuration.
package gcs
