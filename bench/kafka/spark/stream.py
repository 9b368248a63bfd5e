"""A topic of JSON messages into a Delta table, as a data engineer would write it: stream.py BROKERS TOPIC OUT MESSAGES."""

import glob
import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, from_json

brokers, topic, out, messages = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
jars = glob.glob(".cache/spark-jars/*.jar") + glob.glob(".cache/spark-kafka-jars/*.jar")
spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.jars", ",".join(os.path.abspath(j) for j in jars))
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
click = """action_id STRING, event_date DATE, event_time TIMESTAMP, customer_id BIGINT, session_id STRING, action STRING, page STRING,
referrer STRING, device STRUCT<kind: STRING, os: STRING, app_version: STRING, agent: STRING>,
items ARRAY<STRUCT<sku: STRING, quantity: BIGINT, price: DOUBLE>>, duration_ms BIGINT, store STRING, banner STRING, signed_in BOOLEAN"""
query = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", brokers)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .load()
    .select(from_json(col("value").cast("string"), click).alias("c"))
    .select("c.*")
    .writeStream.format("delta")
    .option("checkpointLocation", out + "/checkpoint")
    .trigger(availableNow=True)
    .start(out + "/t")
)
query.awaitTermination()
rows = spark.read.format("delta").load(out + "/t").count()
if rows != messages:
    sys.exit(f"{rows} rows, want {messages}")
jvm = spark.sparkContext._gateway.proc
spark.stop()
jvm.stdin.close()
jvm.wait()  # what it took counts as this process's
