"""Tables larger than memory: chosen columns of the rows that are wanted, read in one pass.

Astra's summaries, spAll and El-Badry's table take gigabytes once unpacked. Of a FITS file, gzipped
or not, one block of rows is in memory at a time; tables of other formats are read whole.
"""

from __future__ import annotations

from slamcore.io.table_scan.layout import TableLayout, check_types, table_layout
from slamcore.io.table_scan.rows import Keep
from slamcore.io.table_scan.scan import ScannedTable, scan_table

__all__ = ["Keep", "ScannedTable", "TableLayout", "check_types", "scan_table", "table_layout"]
