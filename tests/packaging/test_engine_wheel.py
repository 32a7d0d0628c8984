"""The compiled engine is kept under the right key, only when whole, and is built without OpenMP."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.packaging.setup_modules import console, engine, engine_source

WHEEL = "llama_cpp_python-0-py3-none-any.whl"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / WHEEL
    path.write_bytes(b"compiled")
    return path


def test_the_key_names_everything_a_build_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {engine.key("lock", "avx2"), engine.key("other", "avx2"), engine.key("lock", "avx512")}
    monkeypatch.setattr(engine, "FLAGS", ("-DGGML_OPENMP=ON",))
    keys.add(engine.key("lock", "avx2"))
    monkeypatch.setattr(engine.sys.implementation, "cache_tag", "cpython-399")
    keys.add(engine.key("lock", "avx2"))
    assert len(keys) == 5


def test_a_kept_wheel_is_found_again(tmp_path: Path, wheel: Path) -> None:
    folder = tmp_path / "cache" / "key"
    assert engine.kept(folder) is None
    engine.keep(wheel, folder)
    assert engine.kept(folder) == folder / WHEEL
    assert [p.name for p in folder.parent.iterdir()] == ["key"]


def test_a_damaged_wheel_is_not_used_and_is_replaced(tmp_path: Path, wheel: Path) -> None:
    folder = tmp_path / "cache" / "key"
    engine.keep(wheel, folder)
    (folder / WHEEL).write_bytes(b"half")
    assert engine.kept(folder) is None
    engine.keep(wheel, folder)
    assert engine.kept(folder).read_bytes() == b"compiled"


def test_the_cache_lies_where_the_desktop_wants_caches() -> None:
    assert engine.cache_folder({"XDG_CACHE_HOME": "/somewhere"}) == Path("/somewhere/carrel-build")
    assert engine.cache_folder({}) == Path.home() / ".cache" / "carrel-build"


def test_the_engine_is_built_once_and_then_taken_from_the_cache(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, installed = [], []

    def build(card: str) -> Path:
        built.append(card)
        return wheel

    monkeypatch.setattr(engine, "BUILD", tmp_path / "build")
    (tmp_path / "build").mkdir()
    monkeypatch.setattr(engine, "build", build)
    monkeypatch.setattr(engine, "run", lambda title, command, env: installed.append(command[-1]))
    monkeypatch.setattr(engine, "system_info", lambda: "CPU : AVX2 = 1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for clone in ("first", "second", "second"):
        monkeypatch.setattr(engine, "INSTALLED", tmp_path / clone / "engine.key")
        engine.install()
    assert built == [""]
    assert len(installed) == 2  # the third time nothing was left to do
    assert all(Path(path).read_bytes() == b"compiled" for path in installed)


def test_a_build_gets_the_projects_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    def run(title: str, command: list[str], env: dict[str, str]) -> None:
        seen.update(env)
        seen["command"] = " ".join(command)
        (tmp_path / "build").mkdir()
        (tmp_path / "build" / "llama_cpp_python-0-py3-none-any.whl").touch()

    monkeypatch.setattr(engine, "BUILD", tmp_path / "build")
    monkeypatch.setattr(engine, "run", run)
    monkeypatch.setattr(engine.engine_source, "prepared", lambda lock, folder: Path("changed"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert engine.build().name == WHEEL
    assert "-DGGML_OPENMP=OFF" in seen["CMAKE_ARGS"]
    assert "SOURCE_DATE_EPOCH" not in seen
    assert "--no-cache-dir" in seen["command"]
    assert "changed" in seen["command"].split()


def test_the_source_is_taken_by_its_hash_and_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip is asked with the lock's hash; what it brings is unpacked and every change is made."""
    commands = []
    sources: dict[str, str] = {}
    for change in engine_source.CHANGES:
        sources[change.file] = f"{sources.get(change.file, 'before')}\n{change.old}\nafter\n"

    def download(title: str, command: list[str], env: dict[str, str]) -> None:
        commands.append(command)
        top = tmp_path / "llama_cpp_python-0"
        for file, text in sources.items():
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            (top / file).write_text(text)
        Path(command[-1]).mkdir(parents=True)
        with tarfile.open(Path(command[-1]) / "llama_cpp_python-0.tar.gz", "w:gz") as tar:
            tar.add(top, "llama_cpp_python-0")

    monkeypatch.setattr(engine_source, "run", download)
    root = engine_source.prepared(engine.LOCK, tmp_path / "source")
    assert "--require-hashes" in commands[0]
    assert str(engine.LOCK) in commands[0]
    for change in engine_source.CHANGES:
        assert f"\n{change.new}\nafter\n" in (root / change.file).read_text()


@pytest.mark.parametrize("text", ["", "something else", "twice"])
def test_a_change_that_does_not_apply_stops_the_set_up(tmp_path: Path, text: str) -> None:
    change = engine_source.CHANGES[0]
    path = tmp_path / change.file
    path.parent.mkdir(parents=True)
    path.write_text(change.old * 2 if text == "twice" else text)
    with pytest.raises(console.SetupError, match="does not apply"):
        engine_source.change(tmp_path)


def test_an_engine_with_openmp_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "system_info", lambda: "CPU : AVX2 = 1 | OPENMP = 1 |")
    with pytest.raises(console.SetupError, match="OpenMP"):
        engine.check()


@pytest.mark.engine
def test_the_installed_engine_is_ours() -> None:
    info = engine.system_info()
    assert "OPENMP = 1" not in info
    assert "CPU" in info


def test_amx_is_left_out_where_compilers_know_it() -> None:
    assert "-mno-amx-int8" in engine.compiler_flags("x86_64")
    assert engine.compiler_flags("AMD64") == engine.compiler_flags("x86_64")
    assert engine.compiler_flags("aarch64") == ""


def test_the_installed_engine_was_built_without_amx() -> None:
    assert "AMX" not in engine.system_info()
