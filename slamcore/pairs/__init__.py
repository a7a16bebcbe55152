"""Wide binaries: which are FGK+M, M+M or FGK+FGK, and the labels they give to M dwarfs."""

from __future__ import annotations

from slamcore.pairs.criteria import E_FE_H_MAX, KINDS, R_CHANCE_MAX
from slamcore.pairs.find import Pairs, find_pairs, pairs_within
from slamcore.pairs.members import PairMembers, match_pairs
from slamcore.pairs.training import training_table

__all__ = [
    "E_FE_H_MAX",
    "KINDS",
    "R_CHANCE_MAX",
    "PairMembers",
    "Pairs",
    "find_pairs",
    "match_pairs",
    "pairs_within",
    "training_table",
]
