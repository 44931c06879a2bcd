// Package avro reads and writes Avro as Confluent's AvroConverter does: schemas with their Connect attributes, the mapping
// between Avro and Connect schemas, and a compiled binary codec.
//
// Only the registry's client, which a [Converter] holds, does I/O and blocks; everything else is pure.
package avro
