"""Every file of the evaluation corpus settles: with text, or with a reason."""

import os
from collections import Counter
from pathlib import Path

import pytest

from carrel.errors import UserError
from carrel.reading.assemble import read_file
from carrel.reading.client import ReaderProcess
from tests.core.reading.conftest import check_offsets

DATA = os.environ.get("CARREL_EVAL_DATA", "")
CODES = {"empty", "encrypted", "broken", "binary", "too_large", "unsupported", "timeout"}


def settle(reader: ReaderProcess, path: Path) -> str:
    fd = os.open(path, os.O_RDONLY)
    try:
        found = read_file(reader, fd, path.name, timeout=10)
    except UserError as error:
        return error.code if error.what.endswith(".") else f"no sentence: {error.what}"
    finally:
        os.close(fd)
    check_offsets(found)
    return f"read by {found.engine}"


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.skipif(not DATA, reason="CARREL_EVAL_DATA is not set")
def test_every_file_settles(capsys):
    files = sorted(p for p in Path(DATA, "parser_fixtures").rglob("*") if p.is_file())
    assert files
    reader = ReaderProcess()
    table = Counter((path.suffix, settle(reader, path)) for path in files)
    reader.close()
    with capsys.disabled():
        for (suffix, outcome), count in sorted(table.items()):
            print(f"{suffix:8}{outcome:20}{count:4}")  # noqa: T201 - the table is what one runs it for
    outcomes = {outcome for _, outcome in table}
    assert {o for o in outcomes if not o.startswith("read by ")} <= CODES
    assert not any(outcome == "timeout" for outcome in outcomes)
