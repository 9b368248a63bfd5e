"""Prints what delta-rs gives of the Delta table in argv[1] as a pyarrow table: it refuses deletion vectors here."""

import canonical
import json
import os
import sys

from deltalake import DeltaTable

table = DeltaTable(sys.argv[1]).to_pyarrow_table()
with os.fdopen(1, "w", encoding="utf-8") as out:
    json.dump(canonical.rows(table), out, ensure_ascii=False)
