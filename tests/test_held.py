"""One message, and one walk through the models of a page, for one change of choices."""

from __future__ import annotations

import pytest
from bokeh.document import Document
from bokeh.models import Column, ColumnDataSource, Div

from dashboard.held import one_walk


@pytest.fixture
def walks(monkeypatch) -> tuple[Document, Column, list[int]]:
    """A document, its root, and a list that grows with every walk through its models."""
    document, root, walked = Document(), Column(children=[Div(text="a")]), []
    document.add_root(root)
    walk = document.models.recompute

    def recompute() -> None:
        walked.append(1)
        walk()

    monkeypatch.setattr(document.models, "recompute", recompute)
    return document, root, walked


def test_numbers_need_no_walk(walks):
    document, root, walked = walks
    source = ColumnDataSource({"x": [1]})
    root.tags = [source]
    walked.clear()
    with one_walk(document):
        source.data = {"x": [2]}
        root.children[0].text = "b"
    assert walked == []


def test_models_that_come_and_go_need_one(walks):
    document, root, walked = walks
    with one_walk(document):
        root.children = [Div(text="b"), Div(text="c")]
        root.children = [*root.children, Div(text="d")]
    assert len(walked) == 1
    assert all(child.id in document.models for child in root.children)
    root.children = root.children[:1]
    assert len(walked) == 2


def test_a_change_within_a_change_is_part_of_it(walks):
    document, root, walked = walks
    with one_walk(document):
        with one_walk(document):
            root.children = [Div(text="b")]
        assert walked == []
    assert len(walked) == 1
    root.children = []
    assert len(walked) == 2


def test_a_failure_inside_leaves_the_page_as_it_must_be(walks):
    document, root, walked = walks

    def replace_and_fail() -> None:
        root.children = [Div(text="b")]
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"), one_walk(document):
        replace_and_fail()
    assert len(walked) == 1
    assert root.children[0].id in document.models


def test_without_a_page_nothing_is_needed():
    with one_walk(None):
        pass
