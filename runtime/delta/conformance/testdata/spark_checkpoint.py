"""Has Spark read the Delta table in argv[1], delete a row of it and write a checkpoint. It prints the rows that Spark saw
before, in canonical form, and the version of the checkpoint."""

import glob
import json
import os
import sys

import canonical
from pyspark.sql import SparkSession

table = sys.argv[1]
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
os.environ["TZ"] = "UTC"
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", ",".join(os.path.abspath(j) for j in glob.glob(".cache/spark-jars/*.jar")))
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
rows = canonical.rows(spark.read.format("delta").load(table).toArrow())
spark.sql("DELETE FROM delta.`" + table + "` WHERE id = 5")
log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, table)
log.checkpoint()
version = log.update(False, spark._jvm.scala.Option.empty(), spark._jvm.scala.Option.empty()).version()
json.dump({"rows": rows, "version": version}, out, ensure_ascii=False)
out.close()
