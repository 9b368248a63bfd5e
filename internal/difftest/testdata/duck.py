"""Evaluates expressions over rows: duck.py INPUT OUTPUT, both JSON.

INPUT: {"columns": [[name, type]], "rows": [{name: value}], "expressions": [sql]}
OUTPUT: [[value or null or {"error": text}]], by expression, by row
"""

import datetime
import decimal
import json
import sys

import duckdb

INT = r"[ \t\n\v\f\r]*[-+]?[0-9]+[ \t\n\v\f\r]*"
NUMBER = r"[ \t\n\v\f\r]*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?[ \t\n\v\f\r]*"
DAY = r"[ \t\n\v\f\r]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ \t\n\v\f\r]*"
TIME = r"[ \t\n\v\f\r]*[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?[Zz]?)?[ \t\n\v\f\r]*"
BLANK = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"


def casts():
    """Casts of texts, of those that we take: DuckDB takes more."""
    for name, form, typ in (("int", INT, "BIGINT"), ("float", NUMBER, "DOUBLE"), ("decimal", NUMBER, "DECIMAL(12, 3)"), ("date", DAY, "DATE"), ("time", TIME, "TIMESTAMP")):
        text = f"rtrim(upper(trim(s, {BLANK})), 'Z')"
        if name == "decimal":
            # DuckDB rounds a decimal text at its first lost digit too, but knows no white space.
            text = f"trim(s, {BLANK})"
        yield f"sf_text_to_{name}(s) AS CASE WHEN s IS NULL THEN NULL WHEN regexp_full_match(s, '{form}') THEN CAST({text} AS {typ}) ELSE sf_fail(s)::{typ} END"
        yield f"sf_try_text_to_{name}(s) AS CASE WHEN regexp_full_match(s, '{form}') THEN TRY_CAST({text} AS {typ}) END"


MACROS = [
    "sf_fail(s) AS error('sf: ' || s)",
    *casts(),
    # DuckDB rounds half to even.
    "sf_float_to_int(x) AS CAST(round(x) AS BIGINT)",
    "sf_try_float_to_int(x) AS TRY_CAST(round(x) AS BIGINT)",
    # DuckDB leaves NULL out.
    "sf_least(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE least(a, b) END",
    "sf_greatest(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE greatest(a, b) END",
    # DuckDB's division by zero is NULL or infinite.
    "sf_div(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN b = 0 THEN sf_fail('zero')::DOUBLE ELSE a / b END",
    "sf_safe_divide(a, b) AS CASE WHEN b = 0 THEN NULL ELSE a / b END",
    "sf_div_int(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN b = 0 THEN sf_fail('zero')::BIGINT ELSE a // b END",
    # DuckDB refuses the least BIGINT by -1.
    "sf_mod(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN b = 0 THEN sf_fail('zero')::BIGINT WHEN b = -1 AND typeof(a) = 'BIGINT' THEN 0 ELSE a % b END",
    "sf_safe(x) AS TRY_CAST(x AS BIGINT)",
    "sf_power(a, b) AS CASE WHEN a = 0 AND b < 0 OR a < 0 AND b <> trunc(b) THEN sf_fail('power')::DOUBLE ELSE pow(a, b) END",
    "sf_round(x, n) AS CASE WHEN n < 0 THEN round(x / pow(10, -n)) * pow(10, -n) ELSE round(x, n) END",
    "sf_trunc(x, n) AS CASE WHEN n < 0 THEN trunc(x / pow(10, -n)) * pow(10, -n) ELSE trunc(x * pow(10, n)) / pow(10, n) END",
    "sf_floordiv(a, b) AS (a - ((a % b) + b) % b) // b",
    # DuckDB's date_diff of weeks is one off across 1970.
    "sf_weeks(a, b) AS date_diff('day', date_trunc('week', b)::DATE, date_trunc('week', a)::DATE) // 7",
    # DuckDB's ß is upper-cased to ẞ, as a compatibility of its own; Unicode's simple mapping leaves it.
    "sf_upper(s) AS replace(upper(replace(s, 'ß', chr(1))), chr(1), 'ß')",
    "sf_lower(s) AS lower(s)",
    "sf_reverse(s) AS reverse(s)",
    # GoogleSQL's positions.
    "sf_first(s, p) AS CASE WHEN p IS NULL THEN NULL WHEN p = 0 OR p < -length(s) THEN 1 WHEN p < 0 THEN length(s) + p + 1 ELSE least(p, 1000) END",
    "sf_substr_from(s, p) AS substring(s, sf_first(s, p), 1000)",
    "sf_substr(s, p, n) AS CASE WHEN s IS NULL OR p IS NULL OR n IS NULL THEN NULL WHEN n < 0 THEN sf_fail('length') ELSE substring(s, sf_first(s, p), least(n, 1000)) END",
    "sf_left(s, n) AS CASE WHEN s IS NULL OR n IS NULL THEN NULL WHEN n < 0 THEN sf_fail('length') ELSE left(s, least(n, 1000000)) END",
    "sf_right(s, n) AS CASE WHEN s IS NULL OR n IS NULL THEN NULL WHEN n < 0 THEN sf_fail('length') ELSE right(s, least(n, 1000000)) END",
    "sf_lpad(s, n, p) AS CASE WHEN s IS NULL OR n IS NULL OR p IS NULL THEN NULL WHEN n < 0 OR n > 1048576 OR p = '' THEN sf_fail('pad') ELSE lpad(s, n::INTEGER, p) END",
    "sf_rpad(s, n, p) AS CASE WHEN s IS NULL OR n IS NULL OR p IS NULL THEN NULL WHEN n < 0 OR n > 1048576 OR p = '' THEN sf_fail('pad') ELSE rpad(s, n::INTEGER, p) END",
    "sf_repeat(s, n) AS CASE WHEN s IS NULL OR n IS NULL THEN NULL WHEN n < 0 OR n::HUGEINT * strlen(s) > 1048576 THEN sf_fail('repeat') WHEN s = '' THEN '' ELSE repeat(s, n) END",
    "sf_time_text(t) AS CASE WHEN epoch_us(t) % 1000000 = 0 THEN strftime(t, '%Y-%m-%dT%H:%M:%SZ') ELSE strftime(t, '%Y-%m-%dT%H:%M:%S.%fZ') END",
]


def given(v, typ):
    """A value as DuckDB casts it; TIMESTAMP knows no zone."""
    if v is None:
        return None
    return str(v).removesuffix("Z") if typ == "TIMESTAMP" else str(v)


def plain(v):
    if isinstance(v, bool) or v is None or isinstance(v, (int, str)):
        return v
    if isinstance(v, float):
        return repr(v)
    if isinstance(v, decimal.Decimal):
        return str(v)
    if isinstance(v, datetime.datetime):
        return v.isoformat()
    if isinstance(v, datetime.date):
        return v.isoformat()
    raise TypeError(type(v))


def rows_one_by_one(con, sql, n):
    out = []
    for i in range(n):
        try:
            out.append(plain(con.execute(f"SELECT {sql} FROM t WHERE row_id = {i}").fetchall()[0][0]))
        except duckdb.Error as e:
            out.append({"error": str(e)})
    return out


def main(source, target):
    with open(source) as f:
        job = json.load(f)
    con = duckdb.connect()
    con.execute("SET threads = 1")
    # These evaluate what CASE and COALESCE leave out, and reorder sums that overflow then.
    con.execute("SET disabled_optimizers = 'common_subexpressions,expression_rewriter'")
    for m in MACROS:
        con.execute("CREATE MACRO " + m)
    con.execute("CREATE TABLE t (row_id INTEGER, " + ", ".join(f'"{n}" {t}' for n, t in job["columns"]) + ")")
    marks = ", ".join(f"CAST(? AS {t})" for _, t in job["columns"])
    for i, row in enumerate(job["rows"]):
        con.execute(f"INSERT INTO t VALUES ({i}, {marks})", [given(row[n], t) for n, t in job["columns"]])
    out = []
    for sql in job["expressions"]:
        try:
            out.append([plain(r[0]) for r in con.execute(f"SELECT {sql} FROM t ORDER BY row_id").fetchall()])
        except duckdb.Error:
            out.append(rows_one_by_one(con, sql, len(job["rows"])))
    with open(target, "w") as f:
        json.dump(out, f)


main(*sys.argv[1:])
