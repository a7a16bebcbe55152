"""Which stars of a survey have reference labels: by which key, and who is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.training_set import LABEL_SETS, match_training_set

BIG = 2767387380324493184
NAMES = ("teff", "fe_h")


def stars(origin: tuple[str, ...] = ("observed",) * 6) -> pd.DataFrame:
    """Six spectra of five stars: the third and fourth are of one."""
    sdss_id = np.array([71, 72, 73, 73, 75, -1])
    return pd.DataFrame(
        {
            "spectrum_pk": np.arange(11, 17),
            "sdss_id": sdss_id,
            "gaia_dr3_source_id": np.where(sdss_id > 0, BIG + sdss_id, -1),
            "spectrum_origin": origin,
        }
    )


def reference(**key: list[int]) -> pd.DataFrame:
    n = len(next(iter(key.values())))
    return pd.DataFrame({**key, "teff": 3500.0 + np.arange(n), "fe_h": -0.1 * np.arange(n)})


@pytest.mark.parametrize(
    ("key", "rows", "labels"),
    [
        ({"spectrum_pk": [14, 11]}, [0, 3], [3501, 3500]),
        ({"sdss_id": [73, 71]}, [0, 2, 3], [3501, 3500, 3500]),
        ({"gaia_dr3_source_id": [BIG + 75, BIG + 72]}, [1, 4], [3501, 3500]),
        # The first key that both have decides, though others say something else.
        ({"sdss_id": [71, 72], "spectrum_pk": [16, 15]}, [4, 5], [3501, 3500]),
        ({"gaia_dr3_source_id": [BIG + 71], "sdss_id": [75]}, [4], [3500]),
    ],
)
def test_by_the_best_key(key, rows, labels):
    found = match_training_set(stars(), reference(**key), NAMES)
    assert found.rows.tolist() == rows
    assert found.labels[:, 0].tolist() == labels
    assert found.spectrum_pk.tolist() == stars()["spectrum_pk"].iloc[rows].tolist()
    assert found.label_names == NAMES
    assert found.notes == ()


def test_ids_that_differ_in_the_last_digit_are_different_stars():
    with pytest.raises(ValueError, match="found none of them"):
        match_training_set(stars(), reference(gaia_dr3_source_id=[BIG + 70]), NAMES)


def test_who_is_left_out_is_counted():
    origin = ("observed", "template", "none", "simulated", "observed", "observed")
    table = reference(sdss_id=[71, 72, 73, 75, 99, 98, -1])
    table.loc[3, "fe_h"] = np.nan
    found = match_training_set(stars(origin), table, NAMES)
    assert found.rows.tolist() == [0, 3]
    assert found.notes == (
        "1 references have no key: left out",
        "1 references lack a label: left out",
        "2 references are no star of the survey: left out",
        "2 stars have no spectrum of their own: left out",
    )


def test_a_label_that_is_not_asked_for_may_be_missing():
    table = reference(sdss_id=[71, 72]).assign(fe_h=np.nan)
    assert match_training_set(stars(), table, ("teff",)).rows.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (reference(sdss_id=[71, 72, 71]), "each sdss_id once, found 71 again"),
        (reference(sdss_id=[71]).drop(columns="fe_h"), "found no fe_h"),
        (reference(name=[71]), "spectrum_pk, sdss_id, gaia_dr3_source_id, found none"),
        (reference(sdss_id=[-1, -1]), "found none of them"),
        (reference(sdss_id=[71]).assign(teff=np.inf), "found none of them"),
        (reference(sdss_id=[71]).head(0), "found none of them"),
    ],
)
def test_a_table_that_cannot_be_used(table, says):
    with pytest.raises(ValueError, match=says):
        match_training_set(stars(), table, NAMES)


def test_the_checksum_is_that_of_stars_and_labels():
    table = reference(sdss_id=[71, 72, 75])
    before = match_training_set(stars(), table, NAMES).checksum
    assert match_training_set(stars(), table[::-1], NAMES).checksum == before
    assert match_training_set(stars(), table.assign(logg=4.8), NAMES).checksum == before
    changed = table.copy()
    changed.loc[1, "fe_h"] += 1e-12
    others = [(changed, NAMES), (table.head(2), NAMES), (table, NAMES[::-1])]
    assert before not in [match_training_set(stars(), *other).checksum for other in others]


@given(
    st.lists(st.integers(70, 76) | st.integers(-3, 2**63 - 1), max_size=5),
    st.lists(st.floats(1500, 9000) | st.sampled_from([np.nan, np.inf, -np.inf]), max_size=5),
)
def test_any_table_gives_a_training_set_or_a_reason(keys, teff):
    n = min(len(keys), len(teff))
    table = pd.DataFrame({"sdss_id": np.array(keys[:n], dtype=np.int64), "teff": teff[:n]})
    usable = {k for k, t in zip(table["sdss_id"], table["teff"], strict=True) if np.isfinite(t)}
    known = table["sdss_id"][table["sdss_id"] > 0]
    if known.duplicated().any() or not usable & {71, 72, 73, 75}:
        with pytest.raises(ValueError, match="training set: expected"):
            match_training_set(stars(), table, ("teff",))
    else:
        found = match_training_set(stars(), table, ("teff",))
        assert set(stars()["sdss_id"].iloc[found.rows]) == usable & {71, 72, 73, 75}


def test_label_sets_name_labels_of_the_simulated_references(labelled):
    for names in LABEL_SETS.values():
        found = match_training_set(labelled.survey.stars, labelled.reference, names)
        assert found.labels.shape == (len(labelled.reference), len(names))
        assert found.notes == ()


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("teff", 3.5, "expected teff in K"), ("fe_h", 12.0, "expected fe_h in dex")],
)
def test_another_unit_is_noticed(column, value, says):
    table = reference(sdss_id=[71, 72, 75]).assign(**{column: value})
    with pytest.raises(ValueError, match=says):
        match_training_set(stars(), table, NAMES)


@pytest.mark.parametrize("name", ["plx", "sdss_id", "snr"])
def test_a_column_of_stars_is_no_label(name):
    with pytest.raises(ValueError, match=f"expected labels, got {name}"):
        match_training_set(stars(), reference(sdss_id=[71, 72, 75]), ("teff", name))


def test_keys_are_integers():
    table = reference(sdss_id=[71, 72, 75]).astype({"sdss_id": float})
    with pytest.raises(ValueError, match="expected integers as sdss_id"):
        match_training_set(stars(), table, NAMES)
