"""Starting: what is imported, how soon the window stands, second windows, the console script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from carrel.desk.shelf_requests import AddModel, DescribeFile
from carrel.errors import UserError
from carrel.process.instance import Instance, raise_first
from carrel_desktop.__main__ import WindowArguments, command, window_arguments
from carrel_desktop.app import App, tell_at_start, watch
from tests.desktop.fake_desk import Desk

HEAVY = (
    "lancedb", "llama_cpp", "onnxruntime", "torch", "sentence_transformers", "pypdfium2",
    "sqlcipher3", "sqlite3", "numpy", "pyarrow", "PySide6.QtNetwork", "PySide6.QtPdf",
    "PySide6.QtWebEngineCore", "asyncio",
)  # fmt: skip

START = """
import json, sys, time
begin = time.perf_counter()
from pathlib import Path
from carrel.settings import Settings
from carrel_desktop.app import build, dress
from tests.desktop.fake_desk import Desk
settings = Settings(Path(sys.argv[1]))
qt = dress(settings)
app = build(Desk().make, settings)
app.window.show()
qt.processEvents()
shown = time.perf_counter() - begin
app.bridge.start()
qt.processEvents()
app.close()
print(json.dumps({"seconds": shown, "cpu": time.process_time(), "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The window, started with the fake desk in a fresh interpreter."""
    file = tmp_path_factory.mktemp("start") / "settings.toml"
    done = subprocess.run(
        [sys.executable, "-c", START, str(file)],
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    result: dict[str, object] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("name", HEAVY)
def test_the_window_imports_no_engine_library(started: dict[str, object], name: str) -> None:
    modules = started["modules"]
    assert isinstance(modules, list)
    assert "carrel_desktop.app" in modules
    assert name not in modules


def test_only_the_first_page_is_made_before_the_window_stands(started: dict[str, object]) -> None:
    modules = started["modules"]
    assert isinstance(modules, list)
    pages = {name for name in modules if name.startswith("carrel_desktop.windows.")}
    assert "carrel_desktop.windows.ask_page" in pages
    late = {f"carrel_desktop.windows.{page}_page" for page in ("library", "models", "settings")}
    assert not pages & late


def test_the_window_stands_soon(started: dict[str, object]) -> None:
    """Processor time, so that a busy machine does not decide; it is nearly all of the wall time."""
    assert isinstance(started["cpu"], float)
    assert started["cpu"] < 1.0  # the interpreter and the fake desk included, on a busy machine


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], WindowArguments(None, False)),
        (["--fakes"], WindowArguments(None, True)),
        (["--profile", "/p"], WindowArguments("/p", False)),
        (["--profile=/p", "--fakes"], WindowArguments("/p", True)),
        (["/nowhere/gone.gguf"], None),
        (["--profile"], None),
        (["--profile", "--fakes"], None),
        (["ask", "q"], None),
        (["--profile", "/p", "ask"], None),
        (["--help"], None),
    ],
)
def test_which_arguments_open_the_window(
    words: list[str], expected: WindowArguments | None
) -> None:
    assert window_arguments(words) == expected


def test_model_files_open_the_window_that_offers_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = tmp_path / "a b.gguf", tmp_path / "OTHER.GGUF"
    one.write_bytes(b"")
    other.write_bytes(b"")
    words = ["--profile", "/p", one.name, str(other)]
    assert window_arguments(words) == WindowArguments("/p", False, (str(one), str(other)))
    assert window_arguments([*words, "gone.gguf"]) is None


def test_the_window_that_is_open_offers_what_a_second_one_was_given(
    qtbot: QtBot, app: App, world: Desk, tmp_path: Path
) -> None:
    model = tmp_path / "é\nnew.gguf"
    model.write_bytes(b"")
    with Instance.acquire(tmp_path) as first:  # type: ignore[union-attr]
        notifier = watch(first, app)
        assert notifier is not None
        assert raise_first(tmp_path, [str(model)])
        wanted = [DescribeFile(path=str(model))]
        qtbot.waitUntil(lambda: world.requests(DescribeFile) == wanted)
        notifier.setEnabled(False)
    assert app.window.page == "models"
    assert world.requests(AddModel) == []


def test_the_command_is_found_behind_options() -> None:
    assert command(["--profile", "selftest", "ask"]) == "ask"
    assert command(["--fakes", "selftest", "--out", "x"]) == "selftest"
    assert command(["--version"]) == ""


def test_a_command_imports_nothing_of_qt() -> None:
    code = (
        "import sys\nfrom carrel_desktop.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([one for one in sys.modules if one.startswith(('PySide6', 'shiboken6'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_second_window_raises_the_first(qtbot: QtBot, app: App, tmp_path: Path) -> None:
    with Instance.acquire(tmp_path) as first:  # type: ignore[union-attr]
        notifier = watch(first, app)
        assert notifier is not None
        app.window.showMinimized()
        assert Instance.acquire(tmp_path) is None
        assert raise_first(tmp_path)
        qtbot.waitUntil(lambda: not app.window.isMinimized())
        notifier.setEnabled(False)


def test_a_second_process_ends_at_once(tmp_path: Path) -> None:
    with Instance.acquire(tmp_path):  # type: ignore[union-attr]
        done = subprocess.run(
            [sys.executable, "-m", "carrel_desktop", "--profile", str(tmp_path)],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def test_without_a_terminal_the_sentence_comes_in_a_box(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def close() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.textFormat() == Qt.TextFormat.PlainText
        seen.append(box.text())
        box.accept()

    monkeypatch.setattr("carrel_desktop.app.has_display", lambda: True)
    QTimer.singleShot(0, close)
    assert tell_at_start(UserError("<b>Read-only</b>.", "Allow writing.")) == 1
    assert seen == ["<b>Read-only</b>.\n\nAllow writing."]


def test_an_unusable_profile_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    done = subprocess.run(
        [sys.executable, "-m", "carrel_desktop", "--profile", str(file / "inside")],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
