"""Prints the action_id of every row of a Delta table, one a line: ids.py delta-rs|duckdb TABLE."""

import sys

engine, path = sys.argv[1:]
if engine == "duckdb":
    import duckdb
    from duckdb_extensions import import_extension

    import_extension("delta")
    db = duckdb.connect()
    db.execute("LOAD delta")
    column = db.execute("SELECT action_id FROM delta_scan(?)", [path]).to_arrow_table().column(0)
else:
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder

    column = pa.table(QueryBuilder().register("t", DeltaTable(path)).execute("SELECT action_id FROM t").read_all()).column(0)
sys.stdout.write("\n".join(column.to_pylist()))
