"""Writes a small Delta table of many types: table.py FOLDER."""

import datetime
import decimal
import sys

import pyarrow as pa
from deltalake import write_deltalake

UTC = datetime.timezone.utc
times = [datetime.datetime(2024, 5, 14, 3, 12, 6, 123456, tzinfo=UTC), datetime.datetime(1901, 1, 1, tzinfo=UTC), None]
write_deltalake(sys.argv[1], pa.table({
    "id": [1, 2, 3],
    "s": ["x", "ü", None],
    "ts": pa.array(times, pa.timestamp("us", "UTC")),
    "d": pa.array([decimal.Decimal("12.30"), None, decimal.Decimal("-1.00")], pa.decimal128(38, 2)),
    "f": pa.array([0.1, None, float("nan")], pa.float32()),
    "l": [[{"x": 1, "y": ["q"]}], [], None],
    "m": pa.array([[("k", 1), ("a", None)], [], None], pa.map_(pa.string(), pa.int64())),
    "b": [b"\x00\xff", b"", None],
    "day": pa.array([datetime.date(1969, 12, 31), None, datetime.date(2024, 2, 29)]),
}))
