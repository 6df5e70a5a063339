"""Read tables from files, encode their columns as numbers, and record what was done."""

from riskcast.exceptions import InputError
from riskcast.tables._in_memory import table_in_memory, with_groups
from riskcast.tables._preparation import LearningTable, Options, prepare
from riskcast.tables._reading import Table, read_table

__all__ = [
    "InputError",
    "LearningTable",
    "Options",
    "Table",
    "prepare",
    "read_table",
    "table_in_memory",
    "with_groups",
]
