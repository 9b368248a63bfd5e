"""Reads tables for tests: serve.py ENGINE, one JSON request a line on stdin, one JSON answer a line on stdout.

A request is {"path": ..., "format": "delta" or "parquet", "where": SQL or ""}; the answer {"rows": [...]} or {"error": ...}.
It ends with its stdin, so it does not outlive the test that started it.
"""

import glob
import json
import os
import sys
import traceback

import canonical


def delta_rs():
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder

    def read(request):
        query = QueryBuilder().register("t", DeltaTable(request["path"]))
        return pa.table(query.execute("SELECT * FROM t" + where(request)).read_all())

    return read


def duckdb():
    import duckdb
    from duckdb_extensions import import_extension

    import_extension("delta")
    db = duckdb.connect()
    db.execute("LOAD delta; SET TimeZone = 'UTC'; SET threads = 2")

    def read(request):
        scan = "delta_scan" if request["format"] == "delta" else "read_parquet"
        path = request["path"].replace("'", "''")
        return db.execute(f"SELECT * FROM {scan}('{path}')" + where(request)).to_arrow_table()

    return read


def polars():
    import polars

    def read(request):
        scan = polars.scan_delta if request["format"] == "delta" else polars.scan_parquet
        frame = scan(request["path"])
        if request["where"]:
            frame = frame.filter(polars.sql_expr(request["where"]))
        return frame.collect().to_arrow()

    return read


def pyarrow():
    import pyarrow.parquet

    def read(request):
        return pyarrow.parquet.ParquetFile(request["path"], page_checksum_verification=True).read()

    return read


def spark():
    from pyspark.sql import SparkSession

    jars = glob.glob(os.path.join(os.path.dirname(__file__), "../../.cache/spark-jars/*.jar"))
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", ",".join(os.path.abspath(j) for j in jars))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.databricks.delta.snapshotPartitions", "2")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC -XX:+UseSerialGC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )

    def read(request):
        frame = session.read.format(request["format"]).load(request["path"])
        if request["where"]:
            frame = frame.where(request["where"])
        return frame.toArrow()

    return read


def where(request):
    return " WHERE " + request["where"] if request["where"] else ""


ENGINES = {"delta-rs": delta_rs, "duckdb": duckdb, "polars": polars, "pyarrow": pyarrow, "spark": spark}


def main():
    os.environ["TZ"] = "UTC"
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    read = ENGINES[sys.argv[1]]()
    for line in sys.stdin:
        try:
            answer = {"rows": canonical.rows(read(json.loads(line)))}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        json.dump(answer, answers, ensure_ascii=False)
        answers.write("\n")
        answers.flush()


main()
