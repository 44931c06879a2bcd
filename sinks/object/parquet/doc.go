// Package parquet writes records that are encoded as Avro into Parquet files, as parquet-java's AvroParquetWriter lays them
// out: https://parquet.apache.org/docs/file-format/ and its AvroSchemaConverter. A file's schema is compiled once into a plan
// that takes a record's bytes apart into columns (Dremel's levels), without looking at the schema again. It is pure (I6).
package parquet
