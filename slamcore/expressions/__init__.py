"""Expressions over columns that a viewer types: read with care, computed by walking a tree.

Nothing typed is ever run as code. `grammar` parses the text with ``ast``, `reader` turns its nodes
into those of `tree`, every one of which has to be of a short list: numbers, names of columns and
operations. `computed` finds the values, `names` knows which columns there are.
"""

from __future__ import annotations

from slamcore.expressions.computed import Expression
from slamcore.expressions.grammar import MOST_LETTERS, parse
from slamcore.expressions.names import check_columns, check_name, column_values, expand
from slamcore.expressions.tree import (
    FUNCTIONS,
    Apply,
    Named,
    Node,
    Number,
    columns_of,
    kind_of,
)

__all__ = [
    "FUNCTIONS",
    "MOST_LETTERS",
    "Apply",
    "Expression",
    "Named",
    "Node",
    "Number",
    "check_columns",
    "check_name",
    "column_values",
    "columns_of",
    "expand",
    "kind_of",
    "parse",
]
