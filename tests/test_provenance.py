"""The About page: where every number comes from."""

from __future__ import annotations

import re
from dataclasses import replace

from dashboard.provenance import provenance_html

LAW = {"a": 20.0, "b": 180.0, "c": 1.0, "snr_range": [2.9, 38.5], "source": "a fit"}


def test_laws_have_units_and_the_order_of_the_page(labelled):
    info = {"models": ["ab" * 32], "errors": {"alpha_fe": LAW, "teff": LAW, "vsini": "formal"}}
    page = provenance_html(labelled.survey.info, 10, info)
    rows = re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td></tr>", page)
    assert [name for name, _ in rows] == ["Teff", "[α/M]", "vsini"]
    assert rows[0][1].startswith("20 + 180 / SNR^1.00 K, SNR 2.9–38.5")
    assert rows[1][1].startswith("20 + 180 / SNR^1.00 dex")
    assert rows[2][1].startswith("formal error")


def test_a_simulated_model_is_told_on_a_real_survey(labelled):
    real = replace(labelled.survey.info, simulated=False)
    info = {"models": ["ab" * 32], "errors": {}, "simulated": True}
    assert "Trained on SIMULATED stars" in provenance_html(real, 10, info)
    assert "SIMULATED" not in provenance_html(real, 10, {**info, "simulated": False})


def test_without_labels_the_page_says_how_to_make_them(labelled):
    assert "slamcore train" in provenance_html(labelled.survey.info, 10, {})


def test_names_are_text(labelled):
    info = {"models": ["<script>"], "errors": {"<b>x</b>": "formal"}}
    page = provenance_html(replace(labelled.survey.info, name="<i>n</i>"), 10, info)
    assert not re.search("<script>|<b>x|<i>n", page)
