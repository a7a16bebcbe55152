"""Links of a star to other services."""

from __future__ import annotations

import pytest

from dashboard.links import star_links
from slamcore.io.errors import InputError
from slamcore.io.settings import read_links

TEMPLATES = (
    ("SIMBAD", "https://simbad.example/sim-id?Ident=Gaia+DR3+{gaia_dr3_source_id}"),
    ("Zora", "https://zora.example/target/{sdss_id}"),
    ("Sky", "https://sky.example/?target={ra}+{dec}"),
)


def test_a_link_needs_its_columns():
    star = {"gaia_dr3_source_id": 2767387380324493184, "sdss_id": -1, "ra": float("nan"),
                      "dec": 3.0}  # fmt: skip
    html = star_links(star, TEMPLATES)
    assert "Ident=Gaia+DR3+2767387380324493184" in html
    assert "Zora" not in html
    assert "Sky" not in html
    assert 'rel="noopener noreferrer"' in html


def test_a_star_cannot_break_out_of_the_link():
    star = {"name": '"><script>alert(1)</script>'}
    html = star_links(star, [("x", "https://example/{name}")])
    assert "<script" not in html
    assert html.count('"') == 6


def test_the_shipped_links_are_read(root):
    names = [name for name, _ in read_links(root / "dashboard" / "links.toml")]
    assert {"SIMBAD", "Aladin", "Zora"} <= set(names)


@pytest.mark.parametrize(
    "text",
    ["", "link = 1", "[[link]]\nname = 'a'", "[[link]]\nname='a'\nurl='javascript:alert(1)'",
     "[[link", "link = [1]"],
)  # fmt: skip
def test_bad_links_are_told(tmp_path, text):
    path = tmp_path / "links.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"links\.toml"):
        read_links(path)


def test_no_file_is_told(tmp_path):
    with pytest.raises(InputError):
        read_links(tmp_path / "none.toml")
