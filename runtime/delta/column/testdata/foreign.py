"""Writes one table as many Parquet files, by several engines in many ways: foreign.py FOLDER.

Beside each x.parquet there is x.rows, its rows in canonical JSON.
"""

import datetime
import decimal
import os
import sys
import uuid

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import canonical

UTC = datetime.timezone.utc
DIR = sys.argv[1]


def table(n):
    """n rows, every seventh value NULL."""
    def column(make):
        return [None if i % 7 == 3 else make(i) for i in range(n)]

    when = datetime.datetime(1969, 12, 31, 23, 59, 58, 999999, tzinfo=UTC)
    return pa.table({
        "id": pa.array(range(n), pa.int64()),
        "i32": pa.array(column(lambda i: (-1) ** i * i * 1000003 % 2**31), pa.int32()),
        "i64": pa.array(column(lambda i: (-1) ** i * i * 10**15), pa.int64()),
        "f32": pa.array(column(lambda i: i / 3), pa.float32()),
        "f64": pa.array(column(lambda i: -i / 7), pa.float64()),
        "b": pa.array(column(lambda i: i % 3 == 0), pa.bool_()),
        "s": pa.array(column(lambda i: ["complete", "open", "", "ünï"][i % 4])),
        "u": pa.array(column(lambda i: f"prefix that is shared {i:06d}")),
        "bin": pa.array(column(lambda i: bytes([i % 256]) * (i % 5)), pa.binary()),
        "day": pa.array(column(lambda i: datetime.date(1960, 1, 1) + datetime.timedelta(i)), pa.date32()),
        "ts": pa.array(column(lambda i: when + datetime.timedelta(seconds=i * 1000, microseconds=i)), pa.timestamp("us", "UTC")),
        "d9": pa.array(column(lambda i: decimal.Decimal(-i) / 100), pa.decimal128(9, 2)),
        "d18": pa.array(column(lambda i: decimal.Decimal(i * 10**12) / 1000), pa.decimal128(18, 3)),
        "d38": pa.array(column(lambda i: decimal.Decimal(i * -10**30) / 100), pa.decimal128(38, 2)),
        "l": pa.array(column(lambda i: [None if j % 3 == 1 else j for j in range(i % 4)]), pa.list_(pa.int64())),
        "st": pa.array(column(lambda i: {"x": i, "in": None if i % 2 else {"y": str(i)}}),
                       pa.struct([("x", pa.int64()), ("in", pa.struct([("y", pa.string())]))])),
        "ls": pa.array(column(lambda i: [None if j == 2 else {"sku": f"s{j}", "tags": ["t"] * j} for j in range(i % 4)]),
                       pa.list_(pa.struct([("sku", pa.string()), ("tags", pa.list_(pa.string()))]))),
        "m": pa.array(column(lambda i: [(f"k{j}", None if j == 1 else j) for j in range(i % 3)]), pa.map_(pa.string(), pa.int64())),
    })


def expect(name, t):
    with open(os.path.join(DIR, name + ".rows"), "w", encoding="utf-8") as f:
        f.write("".join(line + "\n" for line in canonical.rows(t)))
    return os.path.join(DIR, name + ".parquet")


def arrow(name, t, **options):
    pq.write_table(t, expect("pyarrow_" + name, t), **options)


def by_pyarrow(t):
    for codec in ["snappy", "gzip", "zstd", "brotli", "lz4", "none"]:
        for version in ["1.0", "2.0"]:
            arrow(f"{codec}_v{version[0]}", t, compression=codec, data_page_version=version)
    arrow("checksum", t, write_page_checksum=True)
    arrow("small_pages", t, data_page_size=64, write_batch_size=10, dictionary_pagesize_limit=100, row_group_size=400)
    arrow("plain", t, use_dictionary=False)
    arrow("item", t, use_compliant_nested_type=False)
    arrow("int96", t, use_deprecated_int96_timestamps=True)
    arrow("decimal_ints", t, store_decimal_as_integer=True)
    arrow("version1", t, version="1.0")
    for version in ["1.0", "2.0"]:
        delta = {c: "DELTA_BINARY_PACKED" for c in ["id", "i32", "i64", "day", "ts"]}
        arrow("delta_v" + version[0], t, use_dictionary=False, data_page_version=version,
              column_encoding=delta | {"s": "DELTA_LENGTH_BYTE_ARRAY", "u": "DELTA_BYTE_ARRAY", "bin": "DELTA_BYTE_ARRAY",
                                       "d38": "DELTA_BYTE_ARRAY", "b": "RLE"})
    split = ["i32", "i64", "f32", "f64", "ts", "d38"]
    arrow("split", t, use_dictionary=False, column_encoding={c: "BYTE_STREAM_SPLIT" for c in split})
    for unit in ["ms", "ns"]:
        cast = t.set_column(t.schema.get_field_index("ts"), "ts", t["ts"].cast(pa.timestamp(unit, "UTC"), safe=False))
        us = cast.set_column(t.schema.get_field_index("ts"), "ts", cast["ts"].cast(pa.timestamp("us", "UTC")))
        expect("pyarrow_" + unit, us)
        pq.write_table(cast, os.path.join(DIR, f"pyarrow_{unit}.parquet"))
    required = pa.schema([pa.field(f.name, f.type, nullable=False) for f in t.schema])
    full = t.take([i for i in range(len(t)) if i % 7 != 3])
    arrow("required", pa.table([full[f.name] for f in required], schema=required))
    narrow = t.set_column(2, "i64", t["i32"]).set_column(4, "f64", t["f32"])
    arrow("narrow", narrow)
    # Decimals of less precision and scale than the reader's, as bytes and as integers.
    less = pa.array([decimal.Decimal(i) / 10 for i in range(len(t))], pa.decimal128(5, 1))
    for ints in [True, False]:
        short = t
        for c in ["d9", "d18", "d38"]:
            short = short.set_column(short.schema.get_field_index(c), c, less)
        name = f"pyarrow_less_decimal_{ints}"
        wide = short
        for c, p, s in [("d9", 9, 2), ("d18", 18, 3), ("d38", 38, 2)]:
            wide = wide.set_column(wide.schema.get_field_index(c), c, less.cast(pa.decimal128(p, s)))
        pq.write_table(short, expect(name, wide), store_decimal_as_integer=ints)


def by_duckdb(t):
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.register("t", t)
    for codec in ["snappy", "gzip", "zstd", "brotli", "lz4_raw", "uncompressed"]:
        for version in ["V1", "V2"]:
            path = expect(f"duckdb_{codec}_{version}", t)
            db.execute(f"COPY t TO '{path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version})")


def by_polars(t):
    frame = polars.from_arrow(t.drop_columns(["m"]))
    for codec in ["snappy", "gzip", "zstd", "brotli", "lz4", "uncompressed"]:
        frame.write_parquet(expect("polars_" + codec, t.drop_columns(["m"])), compression=codec)


def by_spark(t):
    from pyspark.sql import SparkSession

    pq.write_table(t, os.path.join(DIR, "spark.in"))
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
             .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
             .config("spark.sql.session.timeZone", "UTC").config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC").getOrCreate())
    frame = spark.read.parquet(os.path.join(DIR, "spark.in")).coalesce(1)
    for name, conf in {
        "spark": {},
        "spark_legacy": {"spark.sql.parquet.writeLegacyFormat": "true", "spark.sql.parquet.outputTimestampType": "INT96"},
        "spark_v2": {"parquet.writer.version": "PARQUET_2_0"},
    }.items():
        writer = frame.write.mode("overwrite")
        for k, v in conf.items():
            spark.conf.set(k, v)
            writer = writer.option(k, v)
        out = os.path.join(DIR, name)
        writer.parquet(out)
        part, = [p for p in os.listdir(out) if p.endswith(".parquet")]
        os.rename(os.path.join(out, part), expect(name, t))

    # Lists of two levels, which Spark's legacy format has where no element is NULL.
    from pyspark.sql import types as T
    item = T.StructType([T.StructField("sku", T.StringType()), T.StructField("tags", T.ArrayType(T.StringType(), False))])
    schema = T.StructType([T.StructField("id", T.LongType()), T.StructField("l", T.ArrayType(T.LongType(), False)),
                           T.StructField("ls", T.ArrayType(item, False))])
    data = [(1, [1, 2], [("a", ["x", "y"]), (None, None)]), (2, [], []), (3, None, None), (4, [5], [("b", [])])]
    out = os.path.join(DIR, "two")
    spark.createDataFrame(data, schema).coalesce(1).write.parquet(out)
    part, = [p for p in os.listdir(out) if p.endswith(".parquet")]
    two = pa.table({
        "id": [r[0] for r in data], "l": [r[1] for r in data],
        "ls": [r[2] and [{"sku": s, "tags": tags} for s, tags in r[2]] if r[2] != [] else [] for r in data],
    })
    os.rename(os.path.join(out, part), expect("only_two_level", two))


def by_uuid():
    ids = [uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"), None, uuid.UUID(int=0)]
    text = [i and str(i) for i in ids]
    expect("only_uuid", pa.table({"id": [1, 2, 3], "u": text}))
    raw = pa.array([i and i.bytes for i in ids], pa.binary(16))
    pq.write_table(pa.table({"id": [1, 2, 3], "u": pa.ExtensionArray.from_storage(pa.uuid(), raw)}), os.path.join(DIR, "only_uuid.parquet"))


rows = table(1000)
by_pyarrow(rows)
by_duckdb(rows)
by_polars(rows)
by_spark(rows)
by_uuid()
