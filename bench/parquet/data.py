"""Makes the Parquet files of a folder of online_orders' JSON files, one of each, in Snappy: data.py FROM TO.

The columns are those of schemas/order.schema.json. DuckDB writes them.
"""

import glob
import os
import sys

import duckdb

COLUMNS = """{
    id: 'VARCHAR', status: 'VARCHAR', shoppingContext: 'STRUCT(chain VARCHAR, userDevice VARCHAR)', createdTime: 'TIMESTAMPTZ', lastUpdateTime: 'VARCHAR',
    customerId: 'VARCHAR', orderType: 'VARCHAR', lineItems: 'STRUCT(sku VARCHAR, name VARCHAR, quantity INTEGER, price DECIMAL(10, 2))[]'}"""

source, target = sys.argv[1:]
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
for file in sorted(glob.glob(os.path.join(source, "*", "*.json"))):
    out = os.path.join(target, os.path.relpath(file, source)).removesuffix(".json") + ".parquet"
    os.makedirs(os.path.dirname(out), exist_ok=True)
    db.execute(f"COPY (SELECT * FROM read_json('{file}', format = 'newline_delimited', columns = {COLUMNS})) TO '{out}' (FORMAT parquet, COMPRESSION snappy)")
