"""A home in one file: `export_home` on one machine, `import_home` on another. Never keys, never personal data."""

from copilot.transfer.pack import ExportReport, export_home
from copilot.transfer.unpack import ImportReport, import_home

__all__ = ["ExportReport", "ImportReport", "export_home", "import_home"]
