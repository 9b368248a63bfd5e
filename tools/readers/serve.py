"""Reads and changes tables for tests: serve.py ENGINE, one JSON request a line on stdin, one JSON answer a line on stdout.

A request is {"path": ..., "format": "delta" or "parquet", "where": SQL or "", "version": of a Delta table, left out for
the newest, "held": true for what "hold" has opened before}; or {"path": ..., "do": ...}, a statement of Spark's SQL or the name of an action below; or {"do": "version"},
the engine's own. The answer is {"rows": [...]} or {"error": ..., "short": its last line}.
It ends with its stdin, so it does not outlive the test that started it.
"""

import glob
import json
import os
import sys
import traceback

import canonical


def delta_rs():
    import deltalake
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder, write_deltalake

    held = {}

    def hold(path):
        held[path] = DeltaTable(path)

    def read(request):
        table = held[request["path"]] if request.get("held") else DeltaTable(request["path"], version=request.get("version"))
        query = QueryBuilder().register("t", table)
        return pa.table(query.execute("SELECT * FROM t" + where(request)).read_all())

    def rewrite(path, mode):
        write_deltalake(path, read({"path": path, "where": ""}), mode=mode)

    acts = {
        "version": lambda path: [deltalake.__version__],
        "hold": hold,
        "append": lambda path: rewrite(path, "append"),
        "overwrite": lambda path: rewrite(path, "overwrite"),
        "delete": lambda path: DeltaTable(path).delete("id IS NOT NULL"),
        "update": lambda path: DeltaTable(path).update({"id": "id"}),
        "optimize": lambda path: DeltaTable(path).optimize.compact(),
        "restore": lambda path: DeltaTable(path).restore(0),
        "vacuum": lambda path: DeltaTable(path).vacuum(0, dry_run=False, enforce_retention_duration=False),
        "vacuum full": lambda path: DeltaTable(path).vacuum(0, dry_run=False, enforce_retention_duration=False, full=True),
        "checkpoint": lambda path: DeltaTable(path).create_checkpoint(),
        "clean up": lambda path: DeltaTable(path).cleanup_metadata(),
        "history": lambda path: DeltaTable(path).history(),
    }
    return read, lambda request: texts(acts[request["do"]](request["path"]))


def duckdb():
    import duckdb
    from duckdb_extensions import import_extension

    import_extension("delta")
    db = duckdb.connect()
    db.execute("LOAD delta; SET TimeZone = 'UTC'; SET threads = 2")

    def act(request):
        if request["do"] == "hold":
            db.execute("DETACH DATABASE IF EXISTS held; ATTACH '%s' AS held (TYPE delta, PIN_SNAPSHOT)" % request["path"].replace("'", "''"))
            db.execute("SELECT count(*) FROM held")  # or it is pinned by the first query
        return [duckdb.__version__]

    def read(request):
        if request.get("held"):
            return db.execute("SELECT * FROM held").to_arrow_table()
        scan = "delta_scan" if request["format"] == "delta" else "read_parquet"
        path = request["path"].replace("'", "''")
        return db.execute(f"SELECT * FROM {scan}('{path}'{version(request, ', version => %d')})" + where(request)).to_arrow_table()

    return read, act


def polars():
    import polars

    held = {}

    def act(request):
        if request["do"] == "hold":
            held[request["path"]] = polars.scan_delta(request["path"])
        return [polars.__version__]

    def read(request):
        if request.get("held"):
            return held[request["path"]].collect().to_arrow()
        scan = polars.scan_delta if request["format"] == "delta" else polars.scan_parquet
        at = {"version": request["version"]} if request.get("version") is not None else {}
        frame = scan(request["path"], **at)
        if request["where"]:
            frame = frame.filter(polars.sql_expr(request["where"]))
        return frame.collect().to_arrow()

    return read, act


def pyarrow():
    import pyarrow.parquet

    def read(request):
        return pyarrow.parquet.ParquetFile(request["path"], page_checksum_verification=True).read()

    return read, lambda request: [pyarrow.__version__]


def spark():
    from pyspark.sql import SparkSession

    jars = glob.glob(os.path.join(os.path.dirname(__file__), "../../.cache/spark-jars/*.jar"))
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", ",".join(os.path.abspath(j) for j in jars))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.databricks.delta.snapshotPartitions", "2")
        .config("spark.databricks.delta.retentionDurationCheck.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.sources.parallelPartitionDiscovery.parallelism", "2")  # or a VACUUM takes 10,000 tasks
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

    held = {}

    def hold(path):
        held[path] = session.read.format("delta").load(path)

    def read(request):
        if request.get("held"):
            return held[request["path"]].toArrow()
        reader = session.read.format(request["format"])
        if request.get("version") is not None:
            reader = reader.option("versionAsOf", request["version"])
        frame = reader.load(request["path"])
        if request["where"]:
            frame = frame.where(request["where"])
        return frame.toArrow()

    def checkpoint(path):
        log, now = log_of(path)
        log.checkpoint(now, session._jvm.scala.Option.empty())

    def clean_up(path):
        log, now = log_of(path)
        log.checkpoint(now, session._jvm.scala.Option.empty())
        log.doLogCleanup(now, session._jvm.scala.Option.empty())

    def log_of(path):
        log = session._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(session._jsparkSession, path)
        return log, log.update(False, session._jvm.scala.Option.empty(), session._jvm.scala.Option.empty())

    acts = {
        "version": lambda path: [session.version + ", Delta " + delta_version(jars)],
        "hold": hold,
        "checkpoint": checkpoint,
        "clean up": clean_up,
        "overwrite": lambda path: session.sql("SELECT * FROM delta.`%s` LIMIT 1" % path).write.format("delta").mode("overwrite").save(path),
    }

    def act(request):
        if request["do"] in acts:
            return texts(acts[request["do"]](request["path"]))
        result = session.sql(request["do"].replace("TABLE_PATH", "delta.`" + request["path"] + "`"))
        if not request["do"].startswith(("DESCRIBE", "WITH")):
            return []  # commands are carried out by now, and what they say of it is of no fixed form
        return canonical.rows(result.toArrow())

    return read, act


def delta_version(jars):
    names = (os.path.basename(j) for j in jars)
    return next(n for n in names if n.startswith("delta-spark")).removesuffix(".jar").rsplit("-", 1)[1]


def where(request):
    return " WHERE " + request["where"] if request["where"] else ""


def version(request, text):
    return text % request["version"] if request.get("version") is not None else ""


def texts(result):
    """What an action gave, as texts where it is a list."""
    return [r if isinstance(r, str) else json.dumps(r, default=str, sort_keys=True) for r in result] if isinstance(result, list) else []


ENGINES = {"delta-rs": delta_rs, "duckdb": duckdb, "polars": polars, "pyarrow": pyarrow, "spark": spark}


def main():
    os.environ["TZ"] = "UTC"
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    read, act = ENGINES[sys.argv[1]]()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"rows": act(request) if request.get("do") else canonical.rows(read(request))}
        except BaseException as e:
            answer = {"error": traceback.format_exc(), "short": str(e)}
        json.dump(answer, answers, ensure_ascii=False)
        answers.write("\n")
        answers.flush()


main()
