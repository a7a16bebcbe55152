"""Numbers that Qiu (2025) prints, or that follow from its equations: claims are tested on them.

The comparisons of its Table 2 stand in `slamcore.compare.TABLE_2`.
"""

from __future__ import annotations

__all__ = [
    "EQ_9",
    "EQ_10",
    "EQ_11",
    "EQ_12",
    "ERRORS_AT_SNR_10",
    "FEW",
    "LAST_DIGIT",
    "SAMPLE_SIZES",
    "TOTAL_RANGE",
    "UNDERESTIMATE",
]

SAMPLE_SIZES = {
    "M dwarfs": 90_000,
    "wide binaries": 1_817_594,
    "FGK+M before quality cuts": 1665,
    "FGK+M": 1120,
    "M+M": 256,
    "training set": 870,
    "test set": 250,
    "FGK+FGK": 4078,
}
"""Numbers of stars and pairs (Qiu (2025), sections 2.2-2.4 and appendix)."""

FEW = 20
"""Fewer training stars than this lie outside the usable range of any label (section 2.4)."""

TOTAL_RANGE = {"fe_h": (-1.0, 0.5), "teff": (2900.0, 4200.0), "logg": (4.4, 5.1)}
"""dex, K; what the training set covers (Qiu (2025), Table 1)."""

LAST_DIGIT = {"fe_h": 0.01, "fe_h_niu": 0.01, "teff": 1.0, "logg": 0.01, "alpha_fe": 0.01}
"""Unit of the last digit with which the paper prints a label (Qiu (2025), Table 2)."""

ERRORS_AT_SNR_10 = {"fe_h": 0.19, "teff": 132.0, "logg": 0.10}
"""dex, K; errors of the labels at SNR 10 (Qiu (2025), section 6)."""

UNDERESTIMATE = (0.10, 0.24)
"""dex; by how much ASPCAP's [Fe/H] of M dwarfs is too low (Qiu (2025), section 5)."""

EQ_9 = {5.0: 4.641, 6.0: 4.787, 7.0: 4.914, 8.0: 5.045, 9.0: 5.189}
"""Absolute Ks (mag) -> log g (dex), worked out from the printed coefficients of Eqs 9, 13, 14."""

EQ_10 = {
    3000.0: (0.514, 0.373, 0.219, 0.053, -0.126, -0.317),
    3200.0: (0.486, 0.362, 0.226, 0.077, -0.085, -0.259),
    3400.0: (0.424, 0.318, 0.198, 0.067, -0.078, -0.235),
    3600.0: (0.328, 0.239, 0.137, 0.022, -0.105, -0.245),
    3800.0: (0.198, 0.126, 0.041, -0.056, -0.166, -0.289),
    4000.0: (0.033, -0.021, -0.089, -0.169, -0.262, -0.367),
    4200.0: (-0.165, -0.203, -0.253, -0.316, -0.391, -0.479),
}
"""ASPCAP's Teff (K) -> correction (dex) at its [Fe/H] of -0.6, -0.4 ... 0.4, worked out from the
printed coefficients of Eq. 10."""

EQ_11 = {4000.0: -0.147, 4500.0: -0.107, 5281.0: -0.042, 5777.0: -0.111, 6500.0: -0.183}
"""Teff (K) -> bias of LAMOST's [Fe/H] (dex), worked out from Eq. 11 as `slamcore.calibration.NIU`
reads it."""

EQ_12 = {
    (2.0, 0.65): 3915.5,
    (2.5, 0.60): 3529.1,
    (3.0, 0.55): 3256.8,
    (4.0, 0.60): 2881.2,
}
"""BP-RP and J-H (mag) -> Teff (K), worked out from the printed coefficients of Eq. 12."""
