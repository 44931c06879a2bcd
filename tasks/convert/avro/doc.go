// Package avro reads and writes Avro as Confluent's AvroConverter does: schemas with their Connect attributes, the mapping
// between Avro and Connect schemas, a compiled binary codec, and a client of the schema registry.
//
// Only the registry client does I/O and blocks; everything else is pure.
package avro
