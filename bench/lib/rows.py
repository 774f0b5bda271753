"""All rows, in the order in which they are measured and shown."""
from lib import dataset_rows, fast_rows, volume_rows

ROWS = [*volume_rows.ROWS, *fast_rows.ROWS, *dataset_rows.ROWS]
