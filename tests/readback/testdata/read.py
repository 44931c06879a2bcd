"""read.py FILE: prints the rows of a Parquet or Avro file as JSON, one a line, in the words of expected.jsonl."""
import datetime
import decimal
import json
import sys

import avro.datafile
import avro.io
import pyarrow.parquet


def plain(v):
    if isinstance(v, bytes):
        return "hex:" + v.hex()
    if isinstance(v, decimal.Decimal):
        return "decimal:" + str(v)
    if isinstance(v, datetime.datetime):
        if v.tzinfo is not None:
            v = v.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return "timestamp:" + v.isoformat(timespec="milliseconds")
    if isinstance(v, datetime.date):
        return "date:" + v.isoformat()
    if isinstance(v, datetime.time):
        return "time:" + v.isoformat(timespec="milliseconds")
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v


def rows(path):
    with open(path, "rb") as f:
        magic = f.read(4)
    if magic == b"PAR1":
        yield from pyarrow.parquet.read_table(path).to_pylist(maps_as_pydicts="strict")
        return
    with open(path, "rb") as f, avro.datafile.DataFileReader(f, avro.io.DatumReader()) as r:
        yield from r


for row in rows(sys.argv[1]):
    print(json.dumps(plain(row), sort_keys=True))
