// Package jsonschema reads and writes JSON with a schema in a registry as Confluent's JsonSchemaConverter does: JSON schemas
// of all drafts with their Connect attributes, the mapping between JSON and Connect schemas, a compiled decoder and
// encoder, and the check of data against its schema.
//
// Only the registry client does I/O and blocks; everything else is pure.
package jsonschema
