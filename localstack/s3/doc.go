// Package s3 is a stand-in for Amazon S3 in tests and demonstrations: an [http.Handler] that keeps objects in memory. It
// speaks the part of the protocol that a writer of objects needs, with the service's own conditions: If-None-Match and
// If-Match on objects and on the end of multipart uploads, checksums, tags, copies, versions of metadata by ETag. Buckets
// are addressed by path. Signatures are not checked.
//
// Each request is written into an access log that a test can read, so that it can be shown who did what when.
package s3
