"""Tables in text: the separator is found, and each part of a long table has the header row."""

import pytest

from carrel.errors import UserError

from .conftest import check_offsets


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(inline, separator):
    lines = ["Name;Place;Rent", '"Ruiz; Ana";Lisbon;1200', "Costa;Porto;900"]
    if separator != ";":
        lines = [line.replace(";", separator) for line in lines]
    document = inline("\n".join(lines).encode(), "flats.csv")
    check_offsets(document)
    (block,) = document.blocks
    assert block.kind == "table"
    quoted = f"Ruiz{separator} Ana".replace("\t", " ").replace("  ", " ")
    assert document.text == f"Name | Place | Rent\n{quoted} | Lisbon | 1200\nCosta | Porto | 900"


def test_a_long_table_says_its_columns_in_every_part(inline):
    data = "Day,Sum\n" + "\n".join(f"{n},{n * n}" for n in range(100))
    document = inline(data.encode(), "long.csv")
    assert len(document.blocks) == 9
    assert all(document.text[b.start : b.end].startswith("Day | Sum\n") for b in document.blocks)


def test_encodings_quotes_and_ragged_rows(inline):
    data = 'Ort;Straße\nKöln;"Am ""Tor"""\nBonn\n;;;\nx;y;z\n'.encode("cp1252")
    assert inline(data, "orte.csv").text == 'Ort | Straße\nKöln | Am "Tor"\nBonn\nx | y | z'


def test_tables_of_one_column_and_of_one_row(inline):
    assert inline(b"only\none\ncolumn\n", "a.csv").text == "only\none\ncolumn"
    assert inline(b"a\tb\tc\n", "b.tsv").text == "a | b | c"


def test_a_cell_without_an_end_is_bounded(inline):
    data = b'a,b\n1,"' + b"x" * 11_000_000
    with pytest.raises(UserError) as refused:
        inline(data, "open.csv")
    assert refused.value.code == "broken"
    with pytest.raises(UserError) as refused:
        inline(b" \n\n", "empty.csv")
    assert refused.value.code == "empty"
