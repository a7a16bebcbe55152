"""The present selection as text for other programs: Python, STILTS, ADQL.

Pure functions: cuts and a brush in, text out. What a program cannot know is said in a comment of
the text, and never left out in silence.
"""

from __future__ import annotations

from slamcore.queries.adql import adql, gaia_adql
from slamcore.queries.chosen import Chosen, applied
from slamcore.queries.python import python
from slamcore.queries.stilts import stilts

__all__ = ["MOST_KEYS", "Chosen", "adql", "applied", "gaia_adql", "python", "stilts"]

MOST_KEYS = 2000
"""Stars that a query may list one by one."""
