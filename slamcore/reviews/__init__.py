"""What people say of stars and figures: one note after another, none ever overwritten."""

from __future__ import annotations

from slamcore.reviews.star_reviews import NO_REVIEWS, StarReviews, latest
from slamcore.reviews.values import VERDICTS, Entry, Review, Target

__all__ = ["NO_REVIEWS", "VERDICTS", "Entry", "Review", "StarReviews", "Target", "latest"]
