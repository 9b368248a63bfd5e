"""Rows as canonical JSON, the same whichever engine read them.

Timestamps are UTC with microseconds, decimals and floats text (floats as repr gives them), binaries hex, structs have
sorted keys. A map is a list of {key, value} sorted by key; some engines have no maps and give that list, so every list
of structs of just these two fields is taken for a map.
"""

import datetime
import decimal
import json
import math

UTC = datetime.timezone.utc


def value(v):
    if v is None or isinstance(v, (bool, int, str)):
        return v
    if isinstance(v, float):
        return "nan" if math.isnan(v) else repr(v)
    if isinstance(v, decimal.Decimal):
        return format(v, "f")
    if isinstance(v, datetime.datetime):
        if v.tzinfo is not None:
            v = v.astimezone(UTC)
        return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (
            v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond)
    if isinstance(v, datetime.date):
        return v.isoformat()
    if isinstance(v, (bytes, bytearray, memoryview)):
        return bytes(v).hex()
    if isinstance(v, dict):
        return {k: value(e) for k, e in v.items()}
    if isinstance(v, (list, tuple)):
        if v and all(isinstance(e, tuple) and len(e) == 2 for e in v):
            v = [{"key": k, "value": e} for k, e in v]
        out = [value(e) for e in v]
        if out and all(isinstance(e, dict) and e.keys() == {"key", "value"} for e in out):
            out.sort(key=lambda e: e["key"])
        return out
    raise TypeError("no canonical form for " + type(v).__name__)


def rows(table):
    """The rows of a pyarrow Table as sorted JSON texts."""
    return sorted(row(r) for r in table.to_pylist())


def row(r):
    return json.dumps(value(r), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
