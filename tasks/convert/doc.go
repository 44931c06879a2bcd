// Package convert holds the converters and header converters that need no registry, under the class names of their Java
// originals: strings, byte arrays, primitives, JSON, and Connect's text form of headers.
//
// Everything here is pure: no clock, no randomness, no I/O. What a converter returns depends on its properties and its
// input alone. A converter has scratch memory and belongs to one goroutine.
//
// Objects keep the order of their input where Java would use the order of a hash table.
package convert
