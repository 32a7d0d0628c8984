"""`make bench`: rows measured against named rivals in one run; a table and build/bench.json."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.bench import (
    answers,
    embedding,
    generation,
    lookups,
    pages,
    quotes,
    reach,
    searching,
    stops,
    threads,
    turns,
    window,
)
from tests.bench.common import Row, calibration, machine

PARTS: dict[str, Callable[[], list[Row]]] = {
    "embedding": embedding.rows,
    "pages": pages.rows,
    "search": searching.rows,
    "quotes": quotes.rows,
    "reach": reach.rows,
    "generation": generation.rows,
    "lookup": lookups.rows,
    "threads": threads.rows,
    "turns": turns.rows,
    "stops": stops.rows,
    "answers": answers.rows,
    "window": window.rows,
}
LONG = ("quotes", "reach")  # only when they are named: they take minutes
OUT = Path("build/bench.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    chosen = parser.parse_args().parts or [name for name in PARTS if name not in LONG]
    rows = [calibration()]
    for name in chosen:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += PARTS[name]()
    rows.append(calibration())
    OUT.parent.mkdir(exist_ok=True)
    found = {"when": time.strftime("%Y-%m-%d"), "machine": machine(), "rows": rows}
    OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    _show(rows)
    return 0


def _show(rows: list[Row]) -> None:
    table = Table("what", "unit", "Carrel", "rival", "ratio", "n", "goal or note", "rival's name")
    for row in rows:
        cells = (row[key] for key in ("name", "unit", "ours", "rival", "ratio", "n", "goal"))
        table.add_row(*("" if cell is None else str(cell) for cell in cells), row["rival_name"])
    Console(width=160).print(table)


if __name__ == "__main__":
    sys.exit(main())
