"""What bench/changes holds Seamflow against, and compares its table with.

others.py load duckdb|deltars DIR FIRST     makes the engine's table in DIR of JSON files
others.py merge FORM DIR SET [warm]         brings the set of changes SET in; prints what the statement itself took, as JSON;
                                            warm: after the table was read once, as in a process that has long been there
others.py compare DIR POSTGRES_CSV          holds the tables against each other: orders, duckdb, deltars and, if given, that CSV
others.py versions

FORM is deltars, or how it is done in DuckDB: merge (MERGE INTO), replace (INSERT OR REPLACE) or update (UPDATE and INSERT).
A change counts where it is newer than the row that is there."""

import json
import resource
import sys
import time

import duckdb

TYPES = {
    "id": "VARCHAR", "updatedAt": "TIMESTAMPTZ", "createdAt": "TIMESTAMPTZ", "status": "VARCHAR", "chain": "VARCHAR", "device": "VARCHAR",
    "customerId": "VARCHAR", "items": "INTEGER", "total": "DECIMAL(12,2)", "street": "VARCHAR", "city": "VARCHAR", "note": "VARCHAR",
}
NAMES = ", ".join(TYPES)


def connect(file=":memory:"):
    db = duckdb.connect(file)
    db.execute("SET TimeZone = 'UTC'")
    return db


def events(files):
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in (TYPES | {"op": "VARCHAR"}).items())
    return f"read_json('{files}', format = 'newline_delimited', columns = {{{columns}}})"


def load(engine, directory, first):
    if engine == "duckdb":
        db = connect(directory + "/orders.duckdb")
        db.execute(f"CREATE TABLE orders ({', '.join(f'{n} {k}' for n, k in TYPES.items())}, PRIMARY KEY (id))")
        db.execute(f"INSERT INTO orders SELECT {NAMES} FROM {events(first)}")
        db.close()
        return
    from deltalake import write_deltalake

    write_deltalake(directory, connect().execute(f"SELECT {NAMES} FROM {events(first)}").to_arrow_reader(1 << 17))


UPDATE = ", ".join(f"{n} = s.{n}" for n in TYPES if n != "id")
DUCKDB = {
    "merge": [f"""MERGE INTO orders t USING s ON t.id = s.id
        WHEN MATCHED AND s.updatedAt > t.updatedAt AND s.op = 'delete' THEN DELETE
        WHEN MATCHED AND s.updatedAt > t.updatedAt THEN UPDATE SET {UPDATE}
        WHEN NOT MATCHED AND s.op <> 'delete' THEN INSERT ({NAMES}) VALUES ({', '.join('s.' + n for n in TYPES)})"""],
    "replace": [
        "DELETE FROM orders t USING s WHERE t.id = s.id AND s.op = 'delete' AND s.updatedAt > t.updatedAt",
        f"""INSERT OR REPLACE INTO orders ({NAMES}) SELECT {NAMES} FROM s WHERE op <> 'delete'
            AND NOT EXISTS (FROM orders t WHERE t.id = s.id AND t.updatedAt >= s.updatedAt)"""],
    "update": [
        "DELETE FROM orders t USING s WHERE t.id = s.id AND s.op = 'delete' AND s.updatedAt > t.updatedAt",
        f"UPDATE orders t SET {UPDATE} FROM s WHERE t.id = s.id AND s.op <> 'delete' AND s.updatedAt > t.updatedAt",
        f"INSERT INTO orders ({NAMES}) SELECT {NAMES} FROM s WHERE op <> 'delete' AND NOT EXISTS (FROM orders t WHERE t.id = s.id)"],
}


def merge_duckdb(form, directory, changes, warm):
    db = connect(directory + "/orders.duckdb")
    if warm:
        db.execute("SELECT max(hash(t)) FROM orders t").fetchall()
        db.execute("SELECT * FROM orders WHERE id = ''").fetchall()  # by its key
    with measured():
        db.execute("BEGIN")
        db.execute(f"CREATE TEMP TABLE s AS FROM {events(changes)}")
        for statement in DUCKDB[form]:
            db.execute(statement)
        db.execute("COMMIT")
    db.close()


def merge_deltars(directory, changes, warm):
    from deltalake import DeltaTable

    table, db = DeltaTable(directory), connect()
    if warm:
        table.to_pyarrow_dataset().count_rows()
    with measured():
        source = db.execute(f"FROM {events(changes)}").to_arrow_table()
        (table.merge(source, "t.id = s.id", source_alias="s", target_alias="t")
            .when_matched_delete("s.updatedAt > t.updatedAt AND s.op = 'delete'")
            .when_matched_update({n: "s." + json.dumps(n) for n in TYPES if n != "id"}, "s.updatedAt > t.updatedAt")
            .when_not_matched_insert({n: "s." + json.dumps(n) for n in TYPES}, "s.op <> 'delete'")
            .execute())


class measured:
    """Prints what happened within it took."""

    def __enter__(self):
        self.wall, self.cpu = time.perf_counter(), cpu()

    def __exit__(self, kind, *_):
        if kind is None:
            print(json.dumps({"wall": time.perf_counter() - self.wall, "cpu": cpu() - self.cpu}))


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def compare(directory, postgres):
    from duckdb_extensions import import_extension

    import_extension("delta")
    db = connect()
    db.execute("LOAD delta")
    db.execute(f"ATTACH '{directory}/duckdb/orders.duckdb' AS d (READ_ONLY)")
    tables = {"Seamflow's": f"delta_scan('{directory}/seamflow/orders')", "DuckDB's": "d.orders", "delta-rs's": f"delta_scan('{directory}/deltars')"}
    if postgres:
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in TYPES.items())
        tables["PostgreSQL's"] = f"read_csv('{postgres}', header = false, columns = {{{columns}}})"
    texts = ", ".join(f"{n}::{k}" for n, k in TYPES.items())
    found = {name: db.execute(f"SELECT count(*), sum(hash({texts})::HUGEINT) FROM {table}").fetchone() for name, table in tables.items()}
    if len(set(found.values())) != 1:
        sys.exit(f"the tables differ (rows, sum of their hashes): {found}")
    print(f"{', '.join(found)} tables hold the same {found['DuckDB' + chr(39) + 's'][0]} rows.")


def versions():
    import deltalake

    print(f"DuckDB {duckdb.__version__}, delta-rs (deltalake) {deltalake.__version__}")


match sys.argv[1:]:
    case ["load", engine, directory, first]:
        load(engine, directory, first)
    case ["merge", "deltars", directory, changes, *warm]:
        merge_deltars(directory, changes, warm)
    case ["merge", form, directory, changes, *warm]:
        merge_duckdb(form, directory, changes, warm)
    case ["compare", directory, postgres]:
        compare(directory, postgres)
    case _:
        versions()
