// Package gcs emulates Google Cloud Storage for the demo and for tests: the
// parts of its JSON API that Google's client libraries use to write, read,
// list, copy and delete objects, and the reads of its XML API.
//
// It is made to be believed. Preconditions are checked again when an upload
// commits, together with the commit; checksums and sizes that a client states
// are compared; chunks, ranges and names have to be what the real service
// takes; what is not emulated is refused (400), never silently ignored.
// Not there: authentication, object versions, holds, ACLs, encryption keys,
// compose, notifications.
//
// Point a client at it with STORAGE_EMULATOR_HOST=host:port.
package gcs
