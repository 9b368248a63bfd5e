"""Has delta-rs write a checkpoint of the Delta table in argv[1]."""

import sys

from deltalake import DeltaTable

DeltaTable(sys.argv[1]).create_checkpoint()
