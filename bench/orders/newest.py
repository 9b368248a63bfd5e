"""The online_orders pipeline in DuckDB: newest.py join|arg_max DIR writes DIR/newest.parquet from DIR/data;
newest.py compare SEAMFLOW_DIR DIR... holds the results against each other."""

import sys

import duckdb

COLUMNS = """{
  id: 'VARCHAR', status: 'VARCHAR', shoppingContext: 'STRUCT(chain VARCHAR, userDevice VARCHAR)', createdTime: 'TIMESTAMPTZ',
  lastUpdateTime: 'VARCHAR', customerId: 'VARCHAR', orderType: 'VARCHAR',
  lineItems: 'STRUCT(sku VARCHAR, name VARCHAR, quantity INTEGER, price DECIMAL(10,2))[]'}"""

VIEW = """
CREATE VIEW events AS
SELECT *, try_cast(lastUpdateTime AS TIMESTAMPTZ) AS lastUpdateTimestamp FROM (
  SELECT * FROM read_json('$DIR/data/online/*.json', format = 'newline_delimited', columns = $COLUMNS) WHERE status = 'complete'
  UNION ALL
  SELECT * FROM read_json('$DIR/data/legacy/*.json', format = 'newline_delimited', columns = $COLUMNS))
WHERE lastUpdateTimestamp IS NOT NULL
"""

NEWEST = {
    "join": """
        SELECT DISTINCT ON (e.id) e.* FROM events e
        JOIN (SELECT id, max(lastUpdateTimestamp) AS lastUpdateTimestamp FROM events GROUP BY id) n USING (id, lastUpdateTimestamp)""",
    "arg_max": "SELECT unnest(r) FROM (SELECT arg_max(e, lastUpdateTimestamp) AS r FROM events e GROUP BY id)",
}


def connect():
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    return db


def make(form, directory):
    db = connect()
    db.execute(VIEW.replace("$DIR", directory).replace("$COLUMNS", COLUMNS))
    db.execute(f"COPY ({NEWEST[form]}) TO '{directory}/newest.parquet' (FORMAT parquet, COMPRESSION snappy)")


def compare(seamflow, others):
    from duckdb_extensions import import_extension

    import_extension("delta")
    db = connect()
    db.execute("LOAD delta")
    # Of two different rows with one id and one time either may win in DuckDB: those are compared by id and time.
    db.execute(f"CREATE TABLE ours AS SELECT * FROM delta_scan('{seamflow}/tables/online_order_completed')")
    names = "id, status, shoppingContext, createdTime, lastUpdateTime, customerId, orderType, lineItems, lastUpdateTimestamp"
    for other in others:
        db.execute(f"CREATE OR REPLACE TABLE theirs AS SELECT * FROM read_parquet('{other}/newest.parquet')")
        for columns, allowed in (("id, lastUpdateTimestamp", 0), (names, 1e-4)):
            a, b, n = db.execute(f"""
                SELECT (SELECT count(*) FROM (SELECT {columns} FROM ours EXCEPT ALL SELECT {columns} FROM theirs)),
                       (SELECT count(*) FROM (SELECT {columns} FROM theirs EXCEPT ALL SELECT {columns} FROM ours)),
                       (SELECT count(*) FROM ours)""").fetchone()
            if max(a, b) > allowed * n:
                sys.exit(f"{a} rows only in {seamflow}, {b} only in {other}, by {columns}")
    print(f"All tables hold the same {n} rows (rows that tie on id and time, {a} of them, may differ).")


if sys.argv[1] == "compare":
    compare(sys.argv[2], sys.argv[3:])
else:
    make(sys.argv[1], sys.argv[2])
