"""Whole tables to files and back: `export_table` and `import_table`, also `dynexpr export` and `dynexpr import`."""

from dynexpr.transfer.exporting import Exported, export_table
from dynexpr.transfer.importing import Imported, import_table

__all__ = ["Exported", "Imported", "export_table", "import_table"]
