// Package aiven holds what Aiven's object store sinks (version 3.4.2, which buffers until a commit) add to package object:
// names from templates, CSV and JSON of chosen fields, Avro files of such fields, and their configuration keys. The plugins
// are in sinks/gcs and sinks/s3, beside the stores they write to.
//
// What a commit is in Java, a slice is here: all files end with the slice. Which record is in which object, and the
// object's bytes, are a function of slice and configuration (I6); a time in a name that is not the record's is the lease's
// plan time.
package aiven
