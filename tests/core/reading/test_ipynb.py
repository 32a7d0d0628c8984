"""Notebooks: headings of Markdown cells across cells, code, and what it printed."""

import json

import pytest

from carrel.errors import UserError

from .outlines import blocks_of, headings_of


def notebook(*cells, **more):
    return json.dumps({"cells": list(cells), "nbformat": 4, **more}).encode()


def cell(kind, source, **more):
    return {"cell_type": kind, "source": source, **more}


def test_structure(inline):
    document = inline(
        notebook(
            cell("markdown", ["# Boats\n", "\n", "Ships *sleep* here."]),
            cell("markdown", "## Prices"),
            cell("code", "print(20)", outputs=[
                {"output_type": "stream", "text": ["20\n"]},
                {"data": {"text/plain": "dory", "image/png": "iVBORw0K"}},
                {"ename": "X"},
            ]),
            cell("markdown", "Hill\n====\n\nGoats walk."),
        ),
        "boats.ipynb",
    )  # fmt: skip
    assert document.title == "Boats"
    assert headings_of(document) == ["Boats", "Boats > Prices", "Hill"]
    blocks = blocks_of(document)
    assert [text for kind, _, text in blocks if kind == "code"] == ["print(20)", "20", "dory"]
    assert blocks[-1] == ("paragraph", ["Hill"], "Goats walk.")
    assert "iVBOR" not in document.text


def test_the_old_format_is_read(inline):
    data = {"worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "Old"},
                                      {"cell_type": "code", "input": "x = 1"}]}]}  # fmt: skip
    assert headings_of(inline(json.dumps(data).encode(), "old.ipynb")) == ["Old"]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"{", "broken"), (b"[]", "broken"), (b'{"cells": 3}', "broken"), (b"[" * 90_000, "broken"),
     (notebook(), "empty"), (notebook(cell("code", [])), "empty"), (b"", "empty")],
)  # fmt: skip
def test_what_is_no_notebook_has_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "a.ipynb")
    assert refused.value.code == code
