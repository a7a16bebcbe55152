"""Small files in the formats of the surveys, holding a made-up M dwarf of known velocity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from slamcore.constants import SPEED_OF_LIGHT
from slamcore.wavelength import boss_grid

SDSS_ID = 66090710
CATALOGID = 27021597842439106
GAIA_DR3 = 3215462113347265664
GAIA_DR2 = 3215462108951214592
PLATE_CENTRE = (10.0, 20.0)
STAR = (10.5, 20.5)
SNR = 30.0

# Vacuum wavelength (Angstrom), depth and width of lines and band heads of an M dwarf.
LINES = (
    (4227.9, 0.6, 4.0), (5176.0, 0.4, 8.0), (5893.0, 0.5, 6.0), (6162.0, 0.3, 5.0),
    (6564.6, 0.2, 4.0), (7055.0, 0.4, 9.0), (7667.0, 0.5, 4.0), (7701.1, 0.5, 4.0),
    (8185.5, 0.4, 4.0), (8197.1, 0.5, 4.0), (8500.4, 0.3, 4.0), (8544.4, 0.4, 4.0),
    (8664.5, 0.4, 4.0),
)  # fmt: skip


def rest_flux(wavelength: np.ndarray) -> np.ndarray:
    """Noise-free flux of the star at rest-frame vacuum wavelengths (Angstrom)."""
    flux = 1 + (wavelength - 3500) / 2500
    for centre, depth, width in LINES:
        flux = flux * (1 - depth * np.exp(-0.5 * ((wavelength - centre) / width) ** 2))
    return flux


def observed(
    wavelength: np.ndarray, velocity: float = 0.0, snr: float = SNR, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Flux and ivar of the star receding at ``velocity`` (km/s), at vacuum wavelengths."""
    flux = rest_flux(wavelength / (1 + velocity / SPEED_OF_LIGHT))
    error = flux / snr
    noisy = flux + error * np.random.default_rng(seed).normal(size=flux.size)
    return noisy.astype("f4"), (error**-2).astype("f4")


def velocity_of(wavelength: np.ndarray, flux: np.ndarray) -> float:
    """Velocity (km/s) of the star in a spectrum, by least squares against ``rest_flux``."""
    good = np.isfinite(flux) & (wavelength > 3800) & (wavelength < 9000)
    trial = np.arange(-600.0, 601.0, 5.0)
    chi2 = [
        np.sum((flux[good] - rest_flux(wavelength[good] / (1 + v / SPEED_OF_LIGHT))) ** 2)
        for v in trial
    ]
    i = int(np.clip(np.argmin(chi2), 1, trial.size - 2))
    a, b, _ = np.polyfit(trial[i - 1 : i + 2], chi2[i - 1 : i + 2], 2)
    return float(-b / (2 * a))


def write_spec(
    path: Path,
    *,
    velocity: float = 0.0,
    rv: float = np.nan,
    rxc: float = np.nan,
    z: float = 0.0,
    zwarning: int = 0,
    star_class: str = "STAR",
    vacuum: bool = True,
    is_full: bool = False,
    is_sdss1: bool = False,
    n_pix: int = 4648,
) -> Path:
    """An SDSS-V specLite or specFull, or (``is_sdss1``) an SDSS-I file with SPECOBJ."""
    grid = boss_grid()[:n_pix]
    flux, ivar = observed(grid, velocity)
    ivar[:5] = 0
    case = str.lower if is_sdss1 else str
    empty = np.zeros(n_pix, "i4")
    coadd = fits.BinTableHDU.from_columns(
        [
            fits.Column(case("FLUX"), "E", array=flux),
            fits.Column(case("LOGLAM"), "E", array=np.log10(grid).astype("f4")),
            fits.Column(case("IVAR"), "E", array=ivar),
            fits.Column(case("AND_MASK"), "J", array=empty),
            fits.Column(case("OR_MASK"), "J", array=empty),
            fits.Column(case("WDISP"), "E", array=np.ones(n_pix, "f4")),
            fits.Column(case("SKY"), "E", array=np.zeros(n_pix, "f4")),
            fits.Column(case("MODEL"), "E", array=flux),
        ],
        name="COADD",
    )
    star = [
        fits.Column("CLASS", "6A", array=[star_class]),
        fits.Column("SUBCLASS", "21A", array=["M3III (168720)"]),
        fits.Column("Z", "E", array=[z]),
        fits.Column("ZWARNING", "K", array=[zwarning]),
        fits.Column("SN_MEDIAN_ALL", "E", array=[SNR]),
        fits.Column("PLUG_RA", "D", array=[STAR[0]]),
        fits.Column("PLUG_DEC", "D", array=[STAR[1]]),
    ]
    if not is_sdss1:
        star += [
            fits.Column("CATALOGID", "K", array=[CATALOGID]),
            fits.Column("SDSS_ID", "K", array=[SDSS_ID]),
            fits.Column("GAIA_ID", "K", array=[GAIA_DR2]),
            fits.Column("XCSAO_RV", "E", array=[rv]),
            fits.Column("XCSAO_RXC", "E", array=[rxc]),
        ]
    primary = fits.PrimaryHDU()
    primary.header["RA"], primary.header["DEC"] = PLATE_CENTRE
    primary.header["VACUUM"] = vacuum
    primary.header["COEFF0"], primary.header["COEFF1"] = 3.5523, 1e-4
    hdus = [
        primary,
        coadd,
        fits.BinTableHDU.from_columns(star, name="SPECOBJ" if is_sdss1 else "SPALL"),
        _lines("SPZLINE" if is_sdss1 else "ZALL"),
        _lines("ZLINE"),
    ]
    if is_full:
        hdus += [fits.BinTableHDU(coadd.data, name=f"MJD_EXP_60095-{i:02d}") for i in range(3)]
    fits.HDUList(hdus).writeto(path, overwrite=True)
    return path


def write_mwm_star(path: Path, n_apo: int = 1, n_lco: int = 0) -> Path:
    """An mwmStar file: four HDUs always, those without a spectrum with 0 rows."""
    return _write_mwm(path, [_star_columns(n_apo), _star_columns(n_lco, "lco25m")])


def write_mwm_visit(
    path: Path,
    *,
    velocity: float = 80.0,
    in_stack: tuple[bool, ...] = (True, False),
    rxc: float = 12.0,
    n_lco: int = 1,
) -> Path:
    """An mwmVisit file: visits not in the stack are left at ``velocity`` km/s; no wavelengths."""
    return _write_mwm(
        path,
        [
            _visit_columns(in_stack, velocity, rxc),
            _visit_columns((True,) * n_lco, velocity, rxc, "lco25m"),
        ],
    )


def write_lamost_image(path: Path, *, velocity: float = 0.0, z: float = 0.0) -> Path:
    """LAMOST DR1-DR7: a 5 x N primary image."""
    grid = 10 ** (3.5682 + 1e-4 * np.arange(3900))
    flux, ivar = observed(grid, velocity)
    image = np.array([flux, ivar, grid, 0 * grid, 0 * grid], dtype="f4")
    hdu = fits.PrimaryHDU(image, _lamost_header(z))
    hdu.header["EXTNAME"] = "Flux"
    hdu.writeto(path, overwrite=True)
    return path


def write_lamost_table(path: Path, *, velocity: float = 0.0, z: float = 0.0) -> Path:
    """LAMOST DR8 and later: a table of one row of arrays."""
    grid = 10 ** (3.5682 + 1e-4 * np.arange(3909))
    flux, ivar = observed(grid, velocity)
    form = f"{grid.size}E"
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("FLUX", form, array=[flux]),
            fits.Column("IVAR", form, array=[ivar]),
            fits.Column("WAVELENGTH", form, array=[grid.astype("f4")]),
            fits.Column("ANDMASK", form, array=[0 * flux]),
            fits.Column("ORMASK", form, array=[0 * flux]),
        ],
        name="COADD",
    )
    fits.HDUList([fits.PrimaryHDU(header=_lamost_header(z)), table]).writeto(path, overwrite=True)
    return path


def write_image(path: Path, flux: np.ndarray, **header: object) -> Path:
    """A FITS image with keywords; an underscore in a name stands for a hyphen in DC_FLAG only."""
    hdu = fits.PrimaryHDU(flux)
    for key, value in header.items():
        hdu.header[key.replace("DC_FLAG", "DC-FLAG")] = value
    hdu.writeto(path, overwrite=True)
    return path


def write_templates(path: Path) -> Path:
    """Two templates in the layout of the Kesseli et al. (2017) collection."""
    loglam = np.log10(boss_grid()[100:4500])
    flux, ivar = observed(10**loglam)
    form = f"{loglam.size}E"
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("spt", "2A", array=["M3", "M9"]),
            fits.Column("n_spectra", "K", array=[12, 590]),
            fits.Column("feh_bin", "20A", array=["-0.5 > FeH > 0.0dex", ""]),
            fits.Column("flux", form, array=[flux, flux]),
            fits.Column("prop_err", form, array=[ivar**-0.5, ivar**-0.5]),
            fits.Column("std", form, array=[0 * flux, 0 * flux]),
        ],
        name="TEMPLATES",
    )
    grid = fits.BinTableHDU.from_columns([fits.Column("loglam", "D", array=loglam)], name="LOGLAM")
    fits.HDUList([fits.PrimaryHDU(), table, grid]).writeto(path, overwrite=True)
    return path


def _lines(name: str) -> fits.BinTableHDU:
    return fits.BinTableHDU.from_columns(
        [fits.Column("LINENAME", "13A", array=["Ha"]), fits.Column("LINEZ", "E", array=[0.0])],
        name=name,
    )


def _lamost_header(z: float) -> fits.Header:
    header = fits.Header()
    header["OBSID"] = 1607211
    header["ORIGIN"] = "NAOC-LAMOST"
    header["TELESCOP"] = "LAMOST"
    header["DATA_V"] = "LAMOST DR6"
    header["DESIG"] = "LAMOST J005111.82+383813.1"
    header["RA"], header["DEC"] = STAR
    header["HELIO"], header["VACUUM"] = True, True
    header["COEFF0"], header["COEFF1"] = 3.5682, 1e-4
    header["CRVAL1"], header["CD1_1"], header["CRPIX1"] = 3.5682, 1e-4, 1
    header["CTYPE1"], header["DC-FLAG"] = "LINEAR", 1
    header["CLASS"], header["SUBCLASS"], header["Z"] = "STAR", "M0", z
    return header


def _write_mwm(path: Path, boss: list[list[fits.Column]]) -> Path:
    primary = fits.PrimaryHDU()
    primary.header["SDSS_ID"] = SDSS_ID
    primary.header["GAIA2_ID"], primary.header["GAIA3_ID"] = GAIA_DR2, GAIA_DR3
    primary.header["RA"], primary.header["DEC"] = STAR
    primary.header["V_ASTRA"] = "0.6.0"
    empty = _visit_columns((), 0.0, 0.0) if _has_in_stack(boss) else _star_columns(0)
    hdus = [primary]
    names = ("BOSS/APO", "BOSS/LCO", "APOGEE/APO", "APOGEE/LCO")
    for name, columns in zip(names, [*boss, empty, empty], strict=True):
        hdu = fits.BinTableHDU.from_columns(columns, name=name)
        if name.startswith("BOSS"):
            hdu.header["CRVAL"], hdu.header["CDELT"] = 3.5523, 1e-4
            hdu.header["CTYPE"], hdu.header["CUNIT"] = "LOG-LINEAR", "Angstrom (Vacuum)"
            hdu.header["CRPIX"], hdu.header["DC-FLAG"], hdu.header["NPIXELS"] = 1, 1, 4648
        hdus.append(hdu)
    fits.HDUList(hdus).writeto(path, overwrite=True)
    return path


def _has_in_stack(boss: list[list[fits.Column]]) -> bool:
    return any(column.name == "in_stack" for columns in boss for column in columns)


def _arrays(names: tuple[str, ...], rows: dict[str, list[np.ndarray]]) -> list[fits.Column]:
    """Array columns; of width 0 in an HDU without rows, as Astra writes them."""
    n_pix = boss_grid().size if rows[names[0]] else 0
    return [
        fits.Column(name, f"{n_pix}E", dim=f"({n_pix})", array=np.reshape(rows[name], (-1, n_pix)))
        if n_pix
        else fits.Column(name, "0E", dim="(0)")
        for name in names
    ]


def _star_columns(n: int, telescope: str = "apo25m") -> list[fits.Column]:
    grid = boss_grid()
    spectra = [observed(grid, seed=i) for i in range(n)]
    for flux, ivar in spectra:
        flux[grid < 3650], ivar[grid < 3650] = np.nan, 0
    rows = {
        "wavelength": [grid for _ in spectra],
        "flux": [flux for flux, _ in spectra],
        "ivar": [ivar for _, ivar in spectra],
        "nmf_rectified_model_flux": [flux for flux, _ in spectra],
    }
    return [
        fits.Column("spectrum_pk_id", "K", array=np.arange(1, n + 1)),
        fits.Column("sdss_id", "K", array=np.full(n, SDSS_ID)),
        fits.Column("telescope", "6A", array=[telescope] * n),
        fits.Column("v_rad", "E", array=np.full(n, 80.0)),
        fits.Column("snr", "E", array=np.full(n, SNR)),
        fits.Column("zwarning_flags", "K", array=np.zeros(n, int)),
        *_arrays(tuple(rows), rows),
    ]


def _visit_columns(
    in_stack: tuple[bool, ...], velocity: float, rxc: float, telescope: str = "apo25m"
) -> list[fits.Column]:
    grid, n = boss_grid(), len(in_stack)
    spectra = [observed(grid, 0.0 if at_rest else velocity) for at_rest in in_stack]
    rows = {"flux": [flux for flux, _ in spectra], "ivar": [ivar for _, ivar in spectra]}
    return [
        fits.Column("spectrum_pk_id", "K", array=np.arange(1, n + 1)),
        fits.Column("sdss_id", "K", array=np.full(n, SDSS_ID)),
        fits.Column("mjd", "J", array=60000 + np.arange(n)),
        fits.Column("catalogid", "K", array=np.full(n, CATALOGID)),
        fits.Column("telescope", "6A", array=[telescope] * n),
        fits.Column("snr", "E", array=np.full(n, SNR)),
        fits.Column("in_stack", "L", array=np.array(in_stack, dtype=bool)),
        fits.Column("xcsao_v_rad", "E", array=np.full(n, velocity)),
        fits.Column("xcsao_rxc", "E", array=np.full(n, rxc)),
        *_arrays(("flux", "ivar"), rows),
    ]
