"""Writes a dozen rows as Parquet files of several engines, codecs and encodings: small.py FOLDER.

The files are committed in small/, with their rows as canonical JSON beside them (x.rows). They are what hostile files are
made of, and small on purpose.
"""

import datetime
import decimal
import os
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../tools/readers"))
import canonical

DIR = sys.argv[1]
UTC = datetime.timezone.utc
N = 12


def column(make):
    return [None if i % 5 == 3 else make(i) for i in range(N)]


when = datetime.datetime(1969, 12, 31, 23, 59, 58, 999999, tzinfo=UTC)
table = pa.table({
    "id": pa.array(range(N), pa.int64()),
    "i32": pa.array(column(lambda i: (-1) ** i * i * 1000003), pa.int32()),
    "f64": pa.array(column(lambda i: -i / 7), pa.float64()),
    "b": pa.array(column(lambda i: i % 3 == 0), pa.bool_()),
    "s": pa.array(column(lambda i: ["complete", "open", "", "ünï"][i % 4])),
    "bin": pa.array(column(lambda i: bytes([i]) * (i % 5)), pa.binary()),
    "day": pa.array(column(lambda i: datetime.date(1960, 1, 1) + datetime.timedelta(i)), pa.date32()),
    "ts": pa.array(column(lambda i: when + datetime.timedelta(seconds=i * 1000, microseconds=i)), pa.timestamp("us", "UTC")),
    "d18": pa.array(column(lambda i: decimal.Decimal(i * 10**12) / 1000), pa.decimal128(18, 3)),
    "d38": pa.array(column(lambda i: decimal.Decimal(i * -10**30) / 100), pa.decimal128(38, 2)),
    "ls": pa.array(column(lambda i: [None if j == 2 else {"sku": f"s{j}", "tags": ["t"] * j} for j in range(i % 4)]),
                   pa.list_(pa.struct([("sku", pa.string()), ("tags", pa.list_(pa.string()))]))),
    "m": pa.array(column(lambda i: [(f"k{j}", None if j == 1 else j) for j in range(i % 3)]), pa.map_(pa.string(), pa.int64())),
})


def expect(name):
    with open(os.path.join(DIR, name + ".rows"), "w", encoding="utf-8") as f:
        f.write("".join(line + "\n" for line in canonical.rows(table)))
    return os.path.join(DIR, name + ".parquet")


def arrow(name, **options):
    pq.write_table(table, expect("pyarrow_" + name), store_schema=False, **options)


for codec in ["snappy", "gzip", "zstd", "brotli", "lz4", "none"]:
    arrow(codec, compression=codec, data_page_version="2.0" if codec in ("zstd", "none") else "1.0", row_group_size=5 if codec == "snappy" else N)
arrow("plain", compression="none", use_dictionary=False)
arrow("int96", use_deprecated_int96_timestamps=True)
arrow("decimal_ints", store_decimal_as_integer=True, use_dictionary=False)
arrow("delta", compression="none", use_dictionary=False, column_encoding={
    "id": "DELTA_BINARY_PACKED", "i32": "DELTA_BINARY_PACKED", "day": "DELTA_BINARY_PACKED", "ts": "DELTA_BINARY_PACKED",
    "s": "DELTA_LENGTH_BYTE_ARRAY", "bin": "DELTA_BYTE_ARRAY", "d38": "DELTA_BYTE_ARRAY", "b": "RLE", "f64": "BYTE_STREAM_SPLIT"})
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
db.register("t", table)
for version in ["V1", "V2"]:
    db.execute(f"COPY t TO '{expect('duckdb_' + version)}' (FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION {version})")
