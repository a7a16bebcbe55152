"""Reviews in a database: SQLite beside the survey, or what a team shares, such as PostgreSQL.

`database` reaches the place, `tables` are what lies there, `rows` turn reviews into rows and back,
`store` adds reviews and reads them.
"""

from __future__ import annotations

from slamcore.io.review_store.database import has_reviews, reviews_beside
from slamcore.io.review_store.store import ReviewStore, open_reviews
from slamcore.io.review_store.tables import SCHEMA

__all__ = ["SCHEMA", "ReviewStore", "has_reviews", "open_reviews", "reviews_beside"]
