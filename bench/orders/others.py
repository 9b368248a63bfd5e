"""The online_orders pipeline in other engines.

others.py FORM json|parquet DIR   writes DIR/newest.parquet from DIR/data; FORM is one of FORMS
others.py convert DIR             writes DIR/data as Parquet files beside it, DIR/parquet/data
others.py version FORM            what of the engine
others.py compare SEAMFLOW_DIR DIR...   holds the results against each other (wants DuckDB with its Delta extension)
"""

import glob
import os
import sys

COLUMNS = """{
  id: 'VARCHAR', status: 'VARCHAR', shoppingContext: 'STRUCT(chain VARCHAR, userDevice VARCHAR)', createdTime: 'TIMESTAMPTZ',
  lastUpdateTime: 'VARCHAR', customerId: 'VARCHAR', orderType: 'VARCHAR',
  lineItems: 'STRUCT(sku VARCHAR, name VARCHAR, quantity INTEGER, price DECIMAL(10,2))[]'}"""

READ = {
    "json": "read_json('{dir}/data/{system}/*.json', format = 'newline_delimited', columns = " + COLUMNS.replace("{", "{{").replace("}", "}}") + ")",
    "parquet": "read_parquet('{dir}/data/{system}/*.parquet')",
}

DUCKDB = {
    "duckdb-join": """
        SELECT DISTINCT ON (e.id) e.* FROM events e
        JOIN (SELECT id, max(lastUpdateTimestamp) AS lastUpdateTimestamp FROM events GROUP BY id) n USING (id, lastUpdateTimestamp)""",
    "duckdb-arg_max": "SELECT unnest(r) FROM (SELECT arg_max(e, lastUpdateTimestamp) AS r FROM events e GROUP BY id)",
    "duckdb-qualify": "SELECT * FROM events QUALIFY row_number() OVER (PARTITION BY id ORDER BY lastUpdateTimestamp DESC) = 1",
}


def connect():
    import duckdb

    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    return db


def duckdb_newest(form, source, directory):
    db = connect()
    db.execute(f"""
        CREATE VIEW events AS
        SELECT *, try_cast(lastUpdateTime AS TIMESTAMPTZ) AS lastUpdateTimestamp FROM (
          SELECT * FROM {READ[source].format(dir=directory, system="online")} WHERE status = 'complete'
          UNION ALL
          SELECT * FROM {READ[source].format(dir=directory, system="legacy")})
        WHERE lastUpdateTimestamp IS NOT NULL""")
    db.execute(f"COPY ({DUCKDB[form]}) TO '{directory}/newest.parquet' (FORMAT parquet, COMPRESSION snappy)")


def clickhouse_newest(form, source, directory):
    import chdb

    structure = (
        "id String, status String, shoppingContext Tuple(chain Nullable(String), userDevice Nullable(String)), createdTime Nullable(String), "
        "lastUpdateTime Nullable(String), customerId Nullable(String), orderType Nullable(String), "
        "lineItems Array(Tuple(sku String, name Nullable(String), quantity Int32, price Decimal(10,2)))"
    )
    read = {
        "json": lambda system: f"file('{directory}/data/{system}/*.json', JSONEachRow, '{structure}')",
        "parquet": lambda system: f"file('{directory}/data/{system}/*.parquet', Parquet)",
    }[source]
    events = f"""
        SELECT *, parseDateTime64BestEffortOrNull(lastUpdateTime, 6, 'UTC') AS lastUpdateTimestamp FROM (
          SELECT * FROM {read("online")} WHERE status = 'complete' UNION ALL SELECT * FROM {read("legacy")})
        WHERE isNotNull(lastUpdateTimestamp)"""
    newest = {
        "clickhouse-limit_by": f"SELECT * FROM ({events}) ORDER BY lastUpdateTimestamp DESC LIMIT 1 BY id",
        "clickhouse-argmax": f"""
            SELECT tupleElement(r, 1) AS id, tupleElement(r, 2) AS status, tupleElement(r, 3) AS shoppingContext, tupleElement(r, 4) AS createdTime,
              tupleElement(r, 5) AS lastUpdateTime, tupleElement(r, 6) AS customerId, tupleElement(r, 7) AS orderType, tupleElement(r, 8) AS lineItems,
              tupleElement(r, 9) AS lastUpdateTimestamp
            FROM (SELECT argMax(tuple(id, status, shoppingContext, createdTime, lastUpdateTime, customerId, orderType, lineItems, lastUpdateTimestamp),
              lastUpdateTimestamp) AS r FROM ({events}) GROUP BY id)""",
    }[form]
    chdb.query(f"{newest} INTO OUTFILE '{directory}/newest.parquet' TRUNCATE FORMAT Parquet")


def polars_newest(form, source, directory):
    import polars as pl

    text = pl.String
    schema = {
        "id": text, "status": text, "shoppingContext": pl.Struct({"chain": text, "userDevice": text}), "createdTime": text, "lastUpdateTime": text,
        "customerId": text, "orderType": text,
        "lineItems": pl.List(pl.Struct({"sku": text, "name": text, "quantity": pl.Int32, "price": pl.Float64})),
    }

    def scan(system):
        if source == "json":
            return pl.scan_ndjson(f"{directory}/data/{system}/*.json", schema=schema)
        return pl.scan_parquet(f"{directory}/data/{system}/*.parquet")

    at = pl.col("lastUpdateTime").str.to_datetime(time_unit="us", time_zone="UTC", strict=False).alias("lastUpdateTimestamp")
    events = pl.concat([scan("online").filter(pl.col("status") == "complete"), scan("legacy")]).with_columns(at).drop_nulls("lastUpdateTimestamp")
    events.sort("lastUpdateTimestamp", descending=True).unique("id", keep="first").collect(engine="streaming").write_parquet(f"{directory}/newest.parquet")


def spark_newest(form, source, directory):
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F
    from pyspark.sql.window import Window

    spark = SparkSession.builder.master("local[*]").config("spark.driver.memory", "6g").config("spark.ui.enabled", "false").config(
        "spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "8").config("spark.sql.ansi.enabled", "false").getOrCreate()
    schema = (
        "id STRING, status STRING, shoppingContext STRUCT<chain: STRING, userDevice: STRING>, createdTime TIMESTAMP, lastUpdateTime STRING, "
        "customerId STRING, orderType STRING, lineItems ARRAY<STRUCT<sku: STRING, name: STRING, quantity: INT, price: DECIMAL(10,2)>>"
    )

    def read(system):
        path = f"{directory}/data/{system}"
        return spark.read.schema(schema).json(path) if source == "json" else spark.read.parquet(path)

    events = read("online").where("status = 'complete'").unionByName(read("legacy"))
    events = events.withColumn("lastUpdateTimestamp", F.expr("try_cast(lastUpdateTime AS TIMESTAMP)")).where("lastUpdateTimestamp IS NOT NULL")
    first = F.row_number().over(Window.partitionBy("id").orderBy(F.col("lastUpdateTimestamp").desc()))
    events.withColumn("n", first).where("n = 1").drop("n").write.parquet(f"{directory}/newest.parquet")
    jvm = spark.sparkContext._gateway.proc
    spark.stop()
    jvm.stdin.close()
    jvm.wait()  # what it took counts as this process's


FORMS = {
    **{form: (duckdb_newest, "duckdb") for form in DUCKDB},
    "clickhouse-limit_by": (clickhouse_newest, "chdb"),
    "clickhouse-argmax": (clickhouse_newest, "chdb"),
    "polars-unique": (polars_newest, "polars"),
    "spark-row_number": (spark_newest, "pyspark"),
}


def convert(directory):
    """Each file of JSON lines becomes a file of Parquet, rows in the same order."""
    db = connect()
    db.execute("SET threads = 1")
    for system in ("online", "legacy"):
        out = f"{directory}/parquet/data/{system}"
        os.makedirs(out, exist_ok=True)
        for name in sorted(glob.glob(f"{directory}/data/{system}/*.json")):
            base = os.path.basename(name).removesuffix(".json")
            read = READ["json"].format(dir=directory, system=system).replace(f"{directory}/data/{system}/*.json", name)
            db.execute(f"COPY (SELECT * FROM {read}) TO '{out}/{base}.parquet' (FORMAT parquet, COMPRESSION snappy)")


def compare(seamflow, others):
    from duckdb_extensions import import_extension

    import_extension("delta")
    db = connect()
    db.execute("LOAD delta")
    # Of two different rows with one id and one time either may win elsewhere: those are compared by id and time. Where an
    # engine has other types (times as text, structs for NULL) only what all have is compared.
    db.execute(f"CREATE TABLE ours AS SELECT * FROM delta_scan('{seamflow}/tables/online_order_completed')")
    plain = "id, status, lastUpdateTime, customerId, orderType, epoch_us(lastUpdateTimestamp)"
    all_columns = "id, status, shoppingContext, createdTime, lastUpdateTime, customerId, orderType, lineItems, lastUpdateTimestamp"
    most = 0
    for other in others:
        form, path = other.split("=", 1)
        where = f"{path}/newest.parquet/*.parquet" if os.path.isdir(f"{path}/newest.parquet") else f"{path}/newest.parquet"
        db.execute(f"CREATE OR REPLACE TABLE theirs AS SELECT * FROM read_parquet('{where}')")
        names = all_columns if form.startswith(("duckdb", "spark")) else plain
        for columns, allowed in (("id, epoch_us(lastUpdateTimestamp)", 0), (names, 1e-4)):
            a, b, n = db.execute(f"""
                SELECT (SELECT count(*) FROM (SELECT {columns} FROM ours EXCEPT ALL SELECT {columns} FROM theirs)),
                       (SELECT count(*) FROM (SELECT {columns} FROM theirs EXCEPT ALL SELECT {columns} FROM ours)),
                       (SELECT count(*) FROM ours)""").fetchone()
            if max(a, b) > allowed * n:
                sys.exit(f"{a} rows only in {seamflow}, {b} only in {form}'s, by {columns}")
            most = max(most, a)
    print(f"All hold the same {n} rows (rows that tie on id and time, {most} of them, may differ).")


def main(command, *args):
    if command == "compare":
        compare(args[0], args[1:])
    elif command == "convert":
        convert(*args)
    elif command == "version":
        module = __import__(FORMS[args[0]][1])
        print(module.__version__)
    else:
        FORMS[command][0](command, *args)


main(*sys.argv[1:])
