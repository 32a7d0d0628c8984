"""The rules of the house as tests: sizes, docstrings, honest handlers, no sleep, no stray names."""

from __future__ import annotations

import ast
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "models", "desktop")
CODE = (*PACKAGES, "packaging", "tests")
LONGEST_FILE, MEDIAN_FILE = 400, 120
LONGEST_FUNCTION, MEDIAN_FUNCTION = 60, 10

# Written in pieces, so that this file does not contain what it forbids: the places where this
# project happens to be worked on, which mean nothing to a reader elsewhere.
STRAY = [
    "/".join(("", "work", "main")),
    "/".join(("", "work", "shared")),
    "/".join(("", "tmp", "w", "")),
    "/".join(("", "opt", "pypi")),
    "/".join(("", "opt", "wheels")),
    "/".join(("", "root", ".")),
    ".".join(("files", "pythonhosted", "org")),
    ".".join(("pypi", "org")),
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def house_files() -> tuple[Path, ...]:
    """Every file of the project: what git tracks or would track, else what lies in its folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        names = [ROOT / name for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive, or no git at all
        names = [p for folder in (*CODE, ".ci") for p in (ROOT / folder).rglob("*")]
        names += [p for p in ROOT.iterdir() if not p.name.startswith(".")]
    return tuple(p for p in names if p.is_file() and "__pycache__" not in p.parts)


def python_files(*folders: str) -> list[Path]:
    roots = [ROOT / folder for folder in folders or CODE]
    return [
        p for p in house_files() if p.suffix == ".py" and any(p.is_relative_to(r) for r in roots)
    ]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def nodes(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in python_files(*folders):
        for node in ast.walk(parsed(path)):
            yield path, node


def functions(*folders: str) -> list[tuple[str, Function]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node)
        for path, node in nodes(*folders)
        if isinstance(node, Function)
    ]


def lines_of(function: Function) -> int:
    """Lines from `def` to the end, with the docstring left out: explaining more costs nothing."""
    count = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None and len(function.body) > 1:
        count -= (first.end_lineno or first.lineno) - first.lineno + 1
    return count


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_project_is_found() -> None:
    assert ROOT / "core" / "carrel" / "errors.py" in python_files("core")


def test_no_file_is_long() -> None:
    long = {str(p.relative_to(ROOT)): line_count(p) for p in python_files()}
    assert {name: n for name, n in long.items() if n > LONGEST_FILE} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_files_are_small_as_a_rule(package: str) -> None:
    sizes = [n for p in python_files(package) if (n := line_count(p))]
    assert statistics.median(sizes) <= MEDIAN_FILE


def test_no_function_is_long() -> None:
    long = {name: (f.end_lineno or f.lineno) - f.lineno + 1 for name, f in functions()}
    assert {name: n for name, n in long.items() if n > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_are_small_as_a_rule(package: str) -> None:
    assert statistics.median(lines_of(f) for _, f in functions(package)) < MEDIAN_FUNCTION


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in python_files()
        if parsed(p).body and not ast.get_docstring(parsed(p))
    ]
    assert silent == []


def reports(handler: ast.ExceptHandler) -> bool:
    """Whether a handler raises, or hands the exception it caught to something."""
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Raise) for node in inside):
        return True
    return handler.name is not None and any(
        isinstance(node, ast.Name) and node.id == handler.name for node in inside
    )


def catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        name is None or (isinstance(name, ast.Name) and name.id in ("Exception", "BaseException"))
        for name in names
    )


def hidden_exceptions(tree: ast.AST) -> list[int]:
    """Line numbers of handlers that catch everything and neither raise nor report."""
    handlers = (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))
    return [h.lineno for h in handlers if catches_everything(h) and not reports(h)]


def test_no_handler_hides_an_exception() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files()
        for line in hidden_exceptions(parsed(path))
    ]
    assert hidden == []


@pytest.mark.parametrize(
    ("handler", "hides"),
    [
        ("except Exception:\n    pass", True),
        ("except Exception:\n    count += 1", True),
        ("except:\n    pass", True),
        ("except (OSError, BaseException):\n    pass", True),
        ("except Exception:\n    raise", False),
        ("except Exception as error:\n    report(error)", False),
        ("except OSError:\n    pass", False),
    ],
)
def test_the_rule_about_handlers_itself(handler: str, hides: bool) -> None:
    assert bool(hidden_exceptions(ast.parse(f"try:\n    work()\n{handler}\n"))) is hides


def sleeps(node: ast.AST) -> bool:
    """A call that only waits for time to pass: sleep(), QTest.qWait(), qtbot.wait()."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    return called in ("sleep", "time.sleep", "qtbot.wait") or called.endswith((".qWait", ".qSleep"))


def test_no_test_sleeps() -> None:
    sleeping = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in nodes("tests")
        if isinstance(node, ast.Call) and sleeps(node)
    ]
    assert sleeping == []


def test_packaging_is_no_package() -> None:
    """An __init__.py there would shadow the library called `packaging`."""
    assert list((ROOT / "packaging").rglob("__init__.py")) == []


def test_every_migration_has_a_test() -> None:
    folder = ROOT / "core" / "carrel" / "store" / "migrations"
    migrations = [p.stem for p in folder.glob("m[0-9]*.py")]
    tested = [p.stem for p in (ROOT / "tests").rglob("test_m[0-9]*.py")]
    assert migrations
    assert [name for name in migrations if f"test_{name}" not in tested] == []


def test_no_file_names_the_place_where_it_was_written() -> None:
    found = []
    for path in house_files():
        text = path.read_bytes()
        found += [f"{path.relative_to(ROOT)}: {word}" for word in STRAY if word.encode() in text]
    assert found == []


def test_the_texts_that_belong_to_a_house_are_there() -> None:
    wanted = ["README.md", "CHANGELOG.md", "LICENSE"]
    wanted += [f"{folder}/README.md" for folder in (*PACKAGES, "packaging")]
    assert [name for name in wanted if not (ROOT / name).is_file()] == []
