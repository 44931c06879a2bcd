// Package readback reads what the object sinks' formats write with the libraries that others use: Parquet with Apache Arrow
// (pyarrow), Avro container files with Apache's own library for Python. Its tests belong to the real tier (build tag `real`).
package readback
