"""A figure or table to take away: print files, data, caption, recipe.

`archive` puts together what `pictures`, `data_files` and `check_words` make.
"""

from __future__ import annotations

from dashboard.bundle.archive import bundle, every_bundle, made_of
from dashboard.bundle.check_words import check_text, check_values
from dashboard.bundle.pictures import picture

__all__ = ["bundle", "check_text", "check_values", "every_bundle", "made_of", "picture"]
