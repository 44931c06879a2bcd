// Package registry is what all converters with a schema registry share: a client of the registry's REST API, how the id of
// a schema travels beside the data, how subjects are named, the schemas that a schema refers to, and the configuration of
// all of this.
//
// Only [Client] does I/O and blocks; everything else is pure.
package registry
