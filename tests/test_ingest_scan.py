"""Large tables read in one pass: the values that astropy reads, of the rows that are wanted."""

from __future__ import annotations

import gzip
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from slamcore.ingest.near import Neighbourhood
from slamcore.io.errors import InputError
from slamcore.io.table_scan import scan_table, stream, table_layout

N = 1000


@pytest.fixture(params=[None, 997], ids=["one block", "many blocks"])
def table(request, tmp_path, monkeypatch):
    """A table with every type of column, read in blocks of a few rows."""
    if request.param:
        monkeypatch.setattr(stream, "_CHUNK", request.param)
    rng = np.random.default_rng(2)
    columns = [
        fits.Column("ID", "K", array=2767387380324493184 + np.arange(N)),
        fits.Column("unsigned", "K", bzero=2**63, array=np.arange(N).astype("u8") + 2**62),
        fits.Column("small", "I", null=-99, array=np.where(np.arange(N) % 3, np.arange(N), -99)),
        fits.Column("scaled", "J", array=np.arange(N)),
        fits.Column("flag", "L", array=np.arange(N) % 2 == 0),
        fits.Column("Teff", "E", unit="K", array=rng.normal(3500, 100, N)),
        fits.Column("ra", "D", array=rng.uniform(0, 360, N)),
        fits.Column("text", "7A", array=[f"M{i % 9} V" for i in range(N)]),
        fits.Column("flux", "5E", array=np.zeros((N, 5))),
    ]
    path = tmp_path / "table.fits"
    empty = fits.BinTableHDU.from_columns([fits.Column(c.name, c.format) for c in columns])
    hdus = [fits.PrimaryHDU(), empty, fits.BinTableHDU.from_columns(columns)]
    fits.HDUList(hdus).writeto(path)
    fits.setval(path, "TSCAL4", value=0.5, ext=2)
    fits.setval(path, "TZERO4", value=10.0, ext=2)
    return path


def test_the_values_are_those_of_astropy(table):
    found = scan_table(table, ["id", "unsigned", "small", "scaled", "flag", "teff", "ra", "text"])
    with fits.open(table) as hdus:
        data = hdus[2].data
        for ours, theirs in (("id", "ID"), ("unsigned",) * 2, ("scaled",) * 2, ("flag",) * 2,
                             ("teff", "Teff"), ("ra",) * 2, ("text",) * 2):  # fmt: skip
            assert found.raw.data[ours].tolist() == data[theirs].tolist(), ours
    small = found.raw.data["small"]
    assert small.isna().sum() == 334
    assert small.dropna().tolist() == [i for i in range(N) if i % 3]
    assert found.raw.units == {"teff": "K"}
    assert (found.rows, found.sha256) == (N, sha256(table.read_bytes()).hexdigest())


def test_the_rows_are_those_that_are_wanted(table):
    found = scan_table(table, ["ra", "text"], lambda block: (block["ra"] < 36).to_numpy())
    with fits.open(table) as hdus:
        ra = hdus[2].data["ra"]
    np.testing.assert_array_equal(found.raw.data["ra"], ra[ra < 36])
    assert list(found.raw.data) == ["ra", "text"]
    packed = table.with_name("packed")
    packed.write_bytes(gzip.compress(table.read_bytes()))
    again = scan_table(packed, ["ra", "text"], lambda block: (block["ra"] < 36).to_numpy())
    pd.testing.assert_frame_equal(again.raw.data, found.raw.data)
    assert again.sha256 == sha256(packed.read_bytes()).hexdigest()


def test_the_layout(table):
    layout = table_layout(table)
    assert layout.columns == {
        "ID": "K", "unsigned": "K", "small": "I", "scaled": "J", "flag": "L", "Teff": "E",
        "ra": "D", "text": "A", "flux": "V",
    }  # fmt: skip
    assert layout.n_rows == N


def _more_rows(content: bytes) -> bytes:
    """NAXIS2 takes in the zeros that fill the last block."""
    card = b"NAXIS2  =                 1000"
    assert card in content
    return content.replace(card, b"NAXIS2  =                 1001")


def test_damage_is_named(table):
    content = table.read_bytes()
    damage = {
        "cut short": content[:-2880],
        "rows of": content.replace(b"'E       '", b"'D       '"),
        "damaged": content.replace(b"BINTABLE", b"BINTABLF"),
        "more than once": content.replace(b"'ra      '", b"'ID      '"),
        "end of the file": content + b"x" * 2880,
        "zero bytes": _more_rows(content),
    }
    for told, damaged in damage.items():
        table.write_bytes(damaged)
        with pytest.raises(InputError, match=told if told != "damaged" else "rows, found none"):
            scan_table(table, ["ra"])


def test_other_formats_are_read_whole(tmp_path):
    frame = pd.DataFrame({"Source_ID": [5, 6, 7], "ruwe": [1.0, 1.1, 1.2]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    found = scan_table(tmp_path / "a.csv", ["source_id"], lambda block: block["source_id"] > 5)
    assert found.raw.data["source_id"].tolist() == [6, 7]
    assert found.rows == 3
    assert table_layout(tmp_path / "a.csv").columns == {"Source_ID": "", "ruwe": ""}


def test_what_is_near_is_told_by_id_or_by_place():
    rng = np.random.default_rng(3)
    stars = pd.DataFrame({"ra": rng.uniform(0, 360, 50), "dec": rng.uniform(-90, 90, 50)})
    stars["sdss_id"] = np.where(np.arange(50) < 40, np.arange(50) + 1, -1)
    near = Neighbourhood.of(stars)
    moved = stars.assign(
        sdss_id=-1, dec=stars["dec"] + np.where(np.arange(50) % 2, 2.9, 3.2) / 3600
    )
    assert near.mask(moved).tolist() == [bool(k % 2) for k in range(50)]
    far = stars.assign(dec=-stars["dec"])
    np.testing.assert_array_equal(near.mask(far)[:40], True)
    np.testing.assert_array_equal(near.mask(far)[40:], False)
    assert not near.mask(pd.DataFrame({"sdss_id": [-1], "ra": [np.nan], "dec": [0.0]})).any()
    assert Neighbourhood.of(stars.assign(ra=stars["ra"] + 1)).digest != near.digest
