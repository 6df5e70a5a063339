"""From a file to numbers: tables read, columns encoded, what was done to them noted."""

from riskcast.tables.errors import InputError
from riskcast.tables.preparation import LearningTable, Options, prepare
from riskcast.tables.reading import Table, read_table

__all__ = ["InputError", "LearningTable", "Options", "Table", "prepare", "read_table"]
