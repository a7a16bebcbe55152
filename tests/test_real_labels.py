"""Real spectra: trained on templates, the engine knows the types of other M dwarfs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from slamcore.api import ReadSpectra, infer_labels, normalize, read, train
from slamcore.hyperparameters import Grid
from slamcore.inference import flag_names
from slamcore.spectra import SpectrumBlock

TEFF = {
    "K7": 4070, "M0": 3840, "M1": 3660, "M2": 3560, "M3": 3410, "M4": 3210, "M5": 3060, "M6": 2810,
}  # fmt: skip
"""K, of dwarfs (Mamajek's scale, version 2022.04.16; Pecaut & Mamajek 2013)."""

NAMES = ("teff", "fe_h")
GRID = Grid(C=(10.0,), gamma=(0.1,))
LEAST_SPECTRA = 8  # in a template


def rows(block: SpectrumBlock, index) -> SpectrumBlock:
    """Some spectra of a block."""
    return SpectrumBlock(
        block.wavelength, block.flux[index], block.ivar[index], block.origin[index]
    )


@pytest.fixture(scope="module")
def templates(realdata) -> tuple[SpectrumBlock, np.ndarray, np.ndarray]:
    """Normalised templates K7-M6 of known [Fe/H], their labels, their types."""
    found = read(realdata / "templates")
    table = found.table
    count = table["notes"].str.extract(r"from (\d+) spectra")[0].astype(float)
    types = table["spectral_type"].str[:2]
    limits = np.array(table["template_fe_h"].tolist())
    use = (count >= LEAST_SPECTRA) & types.isin(list(TEFF)) & np.isfinite(limits).all(axis=1)
    index = np.flatnonzero(use)
    labels = np.column_stack([types[index].map(TEFF), limits[index].mean(axis=1)])
    return rows(normalize(found.block), index), labels, types[index].to_numpy()


@pytest.fixture(scope="module")
def model(templates):
    """Trained on all of them."""
    spectra, labels, _ = templates
    return train(spectra, labels, NAMES, grid=GRID)


@pytest.fixture(scope="module")
def stars(realdata) -> ReadSpectra:
    """Real spectra of single stars."""
    return read(realdata / "sdss_spectra")


def test_left_out_templates_are_recovered(templates):
    """Teff to 80 K for K7-M5, [Fe/H] in order for K7-M3."""
    spectra, labels, types = templates
    assert len(labels) == 22
    # Half of the pixels are enough to see it.
    spectra = SpectrumBlock(
        spectra.wavelength[::2], spectra.flux[:, ::2], spectra.ivar[:, ::2], spectra.origin
    )
    inferred = np.empty_like(labels)
    for k in range(len(labels)):
        others = np.delete(np.arange(len(labels)), k)
        one = train(rows(spectra, others), labels[others], NAMES, grid=GRID)
        inferred[k] = infer_labels(one, rows(spectra, [k])).values[0]
    warm = np.isin(types, ["K7", "M0", "M1", "M2", "M3"])
    cool = np.isin(types, ["M4", "M5"])
    error = (inferred - labels)[warm | cool, 0]
    assert np.sqrt(np.mean(error**2)) <= 80
    assert spearmanr(inferred[warm, 1], labels[warm, 1]).statistic >= 0.85


def test_m_dwarfs_get_the_teff_of_their_type(model, stars):
    """The headers know the type: M1, within 200 K, and nothing to flag."""
    is_m = stars.table["spectral_type"].str.startswith("M1").to_numpy()
    assert is_m.sum() == 3
    found = infer_labels(model, rows(normalize(stars.block), is_m))
    assert np.all(np.abs(found.values[:, 0] - TEFF["M1"]) <= 200)
    assert np.all(np.isfinite(found.formal_errors))
    assert not found.result_flags.any(), [flag_names(f) for f in found.result_flags]


def test_a_k_dwarf_is_flagged(model, stars):
    """It is outside of what the model knows: at the bound, not silently an M dwarf."""
    is_k = stars.table["spectral_type"].str.startswith("K0").to_numpy()
    assert is_k.sum() == 1
    found = infer_labels(model, rows(normalize(stars.block), is_k))
    assert {"flag_on_bound", "flag_outside_range"} <= set(flag_names(found.result_flags[0]))


def test_the_model_spectrum_looks_like_the_star(model, stars):
    """Residuals of M1 dwarfs are 1-3 % of the flux, as for a plain prototype."""
    is_m = stars.table["spectral_type"].str.startswith("M1").to_numpy()
    observed = rows(normalize(stars.block), is_m)
    found = infer_labels(model, observed)
    predicted = found.scale[:, None] * model.predict_flux(found.values)
    residual = np.where(observed.ivar > 0, observed.flux - predicted, np.nan)
    assert np.all(np.nanstd(residual, axis=1) < 0.035)
