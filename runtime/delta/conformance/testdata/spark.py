"""Changes the Delta table in argv[1] with Spark. After each step it copies the table to argv[2]/N; then it prints a JSON
list of the steps with their rows in canonical form."""

import glob
import json
import os
import shutil
import sys

import canonical
from pyspark.sql import SparkSession

table, snapshots = sys.argv[1:]
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
os.environ["TZ"] = "UTC"
jars = glob.glob(".cache/spark-jars/*.jar")
spark = (
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
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)
steps = []


def step(name, drop_log_before=None):
    rows = canonical.rows(spark.read.format("delta").load(table).toArrow())
    to = os.path.join(snapshots, str(len(steps)))
    shutil.copytree(table, to)
    if drop_log_before is not None:
        for log in glob.glob(to + "/_delta_log/*.json"):
            if int(os.path.basename(log)[:20]) < drop_log_before:
                os.remove(log)
    steps.append({"Name": name, "Rows": rows})


def sql(text):
    spark.sql(text.replace("TABLE", "delta.`" + table + "`"))


def checkpoint():
    log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, table)
    log.checkpoint()
    return log.update(False, spark._jvm.scala.Option.empty(), spark._jvm.scala.Option.empty()).version()


step("as it was")
sql("DELETE FROM TABLE WHERE id % 7 = 0")
step("delete")
sql("UPDATE TABLE SET s = 'spark', st.chain = NULL WHERE id % 11 = 0")
step("update")
spark.read.format("delta").load(table).where("id < 20").selectExpr("* EXCEPT (id)", "id + 100000 AS id").select(
    spark.read.format("delta").load(table).columns).write.format("delta").mode("append").save(table)
step("append")
sql("MERGE INTO TABLE t USING (SELECT 5 AS id UNION ALL SELECT 999999 AS id) s ON t.id = s.id "
    "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, s) VALUES (s.id, 'merged')")
step("merge")
version = checkpoint()
step("checkpoint", drop_log_before=version)
sql("OPTIMIZE TABLE")
step("optimize after a checkpoint", drop_log_before=version)
sql("DELETE FROM TABLE WHERE id % 5 = 0")
step("vector after a checkpoint", drop_log_before=version + 1)
json.dump(steps, out, ensure_ascii=False)
out.close()
