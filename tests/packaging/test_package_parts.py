"""What the packages are made of: locks, ELF files, trimming, control files, manual, parts list."""

from __future__ import annotations

import email.message
import shutil
import struct
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.packaging.package_modules import (
    archive,
    debs,
    depends,
    desktop_files,
    elf,
    elf_gates,
    embedders,
    engines,
    gates,
    interpreter,
    libraries,
    papers,
    places,
    trim,
    vulkan,
)
from tests.packaging.setup_modules import ROOT, console

OBJDUMP = """
lib.so:     file format elf64-x86-64

Program Header:
    LOAD off    0x0 vaddr 0x0 paddr 0x0 align 2**12
         filesz 0x1 memsz 0x1 flags r--
   STACK off    0x0 vaddr 0x0 paddr 0x0 align 2**4
         filesz 0x0 memsz 0x0 flags rw-

Dynamic Section:
  NEEDED               libQt6Gui.so.6
  NEEDED               libc.so.6
  SONAME               libdemo.so.1
  RUNPATH              $ORIGIN:$ORIGIN/../lib

Version definitions:
1 0x01 0x0 GLIBC_2.99

Version References:
  required from libc.so.6:
    0x0 0x00 03 GLIBC_2.4
    0x0 0x00 02 GLIBC_2.34
  required from libstdc++.so.6:
    0x0 0x00 02 GLIBCXX_3.4.29
"""


def test_what_objdump_prints_is_understood() -> None:
    one = elf.parse(Path("x/libdemo.so.1.2"), OBJDUMP)
    assert one.needed == ("libQt6Gui.so.6", "libc.so.6")
    assert (one.soname, one.runpath) == ("libdemo.so.1", ("$ORIGIN", "$ORIGIN/../lib"))
    assert (one.glibc, one.glibcxx) == ((2, 34), (3, 4, 29))
    assert (one.alignment, one.executable_stack) == (4096, False)
    assert elf_gates.each([one]) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("GLIBC_2.34", "GLIBC_2.36", "needs glibc 2.36"),
        ("GLIBCXX_3.4.29", "GLIBCXX_3.4.31", "needs libstdc++ 3.4.31"),
        ("$ORIGIN:", "/home/me/build:", "looks for libraries in /home/me/build"),
        ("2**12", "2**3", "aligned to 8 bytes"),
        ("flags rw-", "flags rwx", "executable stack"),
    ],
)
def test_each_gate_over_elf_files_bites(old: str, new: str, said: str) -> None:
    (words,) = elf_gates.each([elf.parse(Path("lib.so"), OBJDUMP.replace(old, new))])
    assert said in words


def test_a_foreign_search_path_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(b"\x7fELF...\0/opt/builder/lib\0libc.so.6\0")
    one = elf.parse(path, OBJDUMP.replace("$ORIGIN:$ORIGIN/../lib", "/opt/builder/lib"))
    monkeypatch.setattr(elf, "below", lambda root: [one])
    elf.mend_search_paths(tmp_path)
    assert path.read_bytes() == b"\x7fELF...\0$ORIGIN\0\0\0\0\0\0\0\0\0\0libc.so.6\0"


def test_a_library_that_nobody_has_is_found(tmp_path: Path) -> None:
    one = elf.parse(tmp_path / "libdemo.so.1", OBJDUMP)
    assert elf_gates.closure(tmp_path, [one], {"libc.so.6": "libc6", "libQt6Gui.so.6": "x"}) == []
    (words,) = elf_gates.closure(tmp_path, [one], {"libc.so.6": "libc6"})
    assert words.startswith("libdemo.so.1 needs libQt6Gui.so.6")


def test_forbidden_files_and_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "libQt6Network.so.6").write_bytes(b"")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "fine").symlink_to("/opt/carrel/bin/carrel")
    assert elf_gates.forbidden(tmp_path) == [
        "libQt6Network.so.6 must not be packaged.", "gone is a link to nothing.",
    ]  # fmt: skip


@pytest.mark.skipif(not shutil.which("objdump"), reason="needs binutils")
def test_instructions_of_avx512_are_counted(tmp_path: Path) -> None:
    """vpaddd zmm0,zmm1,zmm2 and ret, in the smallest ELF file that objdump takes apart."""
    code = bytes.fromhex("62f17548fec2c3")
    names = b"\0.text\0.names\0"
    data = code.ljust(8, b"\0") + names.ljust(16, b"\0")
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, 64 + len(data), 0, 64, 0, 0, 64, 3, 2)
    sections = bytes(64)
    sections += struct.pack("<IIQQQQIIQQ", 1, 1, 6, 0, 64, len(code), 0, 0, 1, 0)
    sections += struct.pack("<IIQQQQIIQQ", 7, 3, 0, 0, 72, len(names), 0, 0, 1, 0)
    path = tmp_path / "wide.o"
    path.write_bytes(header + data + sections)
    assert elf.wide_vectors(path) == 1
    path.write_bytes(header + data.replace(code, b"\xc3".ljust(7, b"\x90")) + sections)
    assert elf.wide_vectors(path) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an ELF file")
def test_a_real_program_is_told_from_other_files(tmp_path: Path) -> None:
    assert elf.is_elf(Path(sys.executable).resolve())
    (tmp_path / "short").write_bytes(b"\x7f")
    assert not elf.is_elf(tmp_path / "short")


def test_the_pinned_python_is_one_version() -> None:
    debs_read = interpreter.read_lock(interpreter.LOCK.read_text(encoding="utf-8"))
    assert {one.name for one in debs_read} == {
        "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib",
    }  # fmt: skip
    assert len({one.version for one in debs_read}) == 1


def test_a_broken_line_of_the_lock_is_named() -> None:
    with pytest.raises(console.SetupError, match=r"python3\.11 sha256:12"):
        interpreter.read_lock("python3.11 sha256:12\n")


def test_the_packaged_libraries_are_those_of_the_lock_without_torch() -> None:
    names = libraries.needed(libraries.roots(), [*libraries.EMBEDDERS, *libraries.NEVER])
    assert {"lancedb", "numpy", "pyside6-essentials", "shiboken6", "llama-cpp-python"} <= names
    assert not names & {"torch", "transformers", "sentence-transformers", "onnx", "pip", "pytest"}
    assert not names & {"huggingface-hub", "httpx", "httpx2", "hf-xet"}
    text = libraries.LOCK.read_text(encoding="utf-8")
    chosen = libraries.chosen_lock(text, names - {libraries.ENGINE})
    assert chosen.count("--hash=sha256:") > len(names)
    assert "\ntorch==" not in chosen


def test_every_version_of_a_library_in_the_lock_is_taken() -> None:
    older = "numpy==1 ; python_version < '3.12' \\\n    --hash=sha256:a"
    text = f"{older}\nnumpy==2 \\\n    --hash=sha256:b"
    assert libraries.chosen_lock(text, ["numpy"]) == text + "\n"
    with pytest.raises(console.SetupError, match="lacks scipy"):
        libraries.chosen_lock(text, ["numpy", "scipy"])


def test_requirements_of_other_platforms_are_not_followed() -> None:
    roots = [Requirement("pytest"), Requirement("nothing ; sys_platform == 'none'")]
    assert {"pytest", "pluggy"} <= libraries.needed(roots, [])
    assert "pluggy" not in libraries.needed(roots, ["pluggy"])


def test_the_engine_names_every_feature_of_the_processor() -> None:
    flags = engines.flags()
    assert flags[0] == "-DGGML_NATIVE=OFF"
    assert "-DGGML_NATIVE=ON" not in flags
    for wanted in ("GGML_AVX2=ON", "GGML_FMA=ON", "GGML_F16C=ON", "GGML_BMI2=ON", "GGML_SSE42=ON",
                   "GGML_RPC=OFF", "LLAMA_CURL=OFF", "GGML_OPENMP=OFF"):  # fmt: skip
        assert f"-D{wanted}" in flags
    assert not any("AVX512" in one for one in flags)


def test_trimming_keeps_what_is_named_and_drops_the_rest(tmp_path: Path) -> None:
    for name in ("keep.py", "drop.pyi", "inner/keep.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    trim.keep_only(tmp_path, ["*.py"], deep=False)
    assert [one.name for one in tmp_path.iterdir()] == ["keep.py"]


def test_the_trimming_rules_keep_no_network() -> None:
    rules = tomllib.loads(trim.RULES.read_text(encoding="utf-8"))
    chosen = rules["carrel-runtime"]["keep"]
    kept = " ".join(name for rule in chosen.values() for name in rule["names"])
    assert "Network" not in kept
    assert "vnc" not in kept


def test_copies_beside_each_other_become_links(tmp_path: Path) -> None:
    for name in ("libx.so", "libx.so.1", "libx.so.1.2"):
        (tmp_path / name).write_bytes(b"x" * 200_000)
    (tmp_path / "liby.so").write_bytes(b"y" * 200_000)
    trim.link_twins(tmp_path)
    links = {one.name: str(one.readlink()) for one in tmp_path.iterdir() if one.is_symlink()}
    assert links == {"libx.so": "libx.so.1.2", "libx.so.1": "libx.so.1.2"}


def test_what_is_needed_through_others_is_reachable() -> None:
    def made(name: str, *needed: str) -> object:
        return elf.Elf(Path(name), name, needed, (), (), (), 4096, False)

    found = {name: made(name, *needs) for name, needs in
             {"a": ("b", "libc"), "b": ("a", "c"), "c": (), "d": ("c",)}.items()}  # fmt: skip
    assert elf.reachable([made("start", "a")], found) == {"a", "b", "c"}


def test_the_control_file_is_what_dpkg_reads() -> None:
    text = debs.control(places.RUNTIME, 1_500_000, "libc6 (>= 2.35)")
    fields = email.message_from_string(text)
    assert (fields["Package"], fields["Installed-Size"]) == ("carrel-runtime", "1465")
    assert fields["Depends"] == "libc6 (>= 2.35)"
    ours = email.message_from_string(debs.control(places.OURS, 10, ""))
    assert ours["Depends"].startswith("carrel-runtime (>= ")


@pytest.mark.parametrize(
    ("word", "free", "code"), [("install", 839_843, 1), ("upgrade", 1, 1), ("install", 839_844, 0),
                               ("abort-upgrade", 1, 0)],
)  # fmt: skip
def test_a_disk_without_room_is_said_before_anything_is_unpacked(
    tmp_path: Path, word: str, free: int, code: int
) -> None:
    (tmp_path / "df").write_text(f"#!/bin/sh\necho head\necho /dev/x 9 9 {free} 9% /\n")
    (tmp_path / "df").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", debs.preinst(places.RUNTIME, 810_000_256), "preinst", word],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == code
    said = f"There are {free // 1000} MB free in /opt; carrel-runtime needs 839 MB.\n"
    assert done.stderr.startswith(said if code else "")


def test_additions_depend_on_the_runtime_and_on_what_their_libraries_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "STAGE", tmp_path)
    assert debs.runtime_version() == places.package_version(places.RUNTIME)
    built = tmp_path / places.RUNTIME / "DEBIAN" / "control"
    built.parent.mkdir(parents=True)
    built.write_text("Package: carrel-runtime\nVersion: 20990101.0000\n")
    runtime = "carrel-runtime (>= 20990101.0000)"
    gpu = email.message_from_string(debs.control(places.GPU, 1, "libc6, libvulkan1"))
    assert gpu["Depends"] == f"{runtime}, libc6, libvulkan1"
    assert gpu["Recommends"].startswith("mesa-vulkan-drivers")
    starter = email.message_from_string(debs.control(places.STARTER, 1, ""))
    assert (starter["Depends"], starter["Architecture"]) == (None, "all")


def test_embedders_bring_what_the_runtime_lacks_and_nothing_twice() -> None:
    names = embedders.names()
    assert {"sentence-transformers", "transformers", "onnx", "scipy", "huggingface-hub"} <= names
    assert not names & {"torch", "numpy", "tokenizers", "llama-cpp-python", "pytest", "mypy"}
    rules = tomllib.loads(trim.RULES.read_text(encoding="utf-8"))
    dropped = {f"{lib}/{part}" for lib, parts in embedders.EXPORTING.items() for part in parts}
    assert dropped <= set(rules["carrel-runtime"]["drop"])
    assert not dropped & {*rules["drop"], *rules["carrel-embedders"]["drop"]}


def test_an_addition_may_hold_only_what_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "libtorch_cpu.so").write_bytes(b"")
    (tmp_path / "libcurl.so").write_bytes(b"")
    assert len(elf_gates.forbidden(tmp_path)) == 2
    allowed = elf_gates.ALLOWED[places.EMBEDDERS]
    assert elf_gates.forbidden(tmp_path, allowed) == ["libcurl.so must not be packaged."]


def test_a_download_over_the_goal_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARREL_PACKAGE_LEVEL", raising=False)
    monkeypatch.setattr(gates, "LARGEST_DOWNLOAD", 10)
    (tmp_path / "a.deb").write_bytes(b"x" * 11)
    with pytest.raises(console.SetupError, match="to download"):
        gates.downloads([tmp_path / "a.deb"])
    monkeypatch.setenv("CARREL_PACKAGE_LEVEL", "3")
    gates.downloads([tmp_path / "a.deb"])


def test_a_file_that_two_packages_bring_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "STAGE", tmp_path)
    for package in (places.RUNTIME, places.GPU):
        (tmp_path / package / "opt").mkdir(parents=True)
        (tmp_path / package / "opt" / "both").write_text("x")
    (tmp_path / places.GPU / "opt" / "own").write_text("x")
    assert gates.twice(places.GPU) == ["opt/both is in carrel-gpu and in carrel-runtime."]


def test_debians_mirror_is_taken_from_the_systems_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARREL_DEBIAN_MIRROR", raising=False)
    told = "Node x://a\nDebian x://b/debian-security\nDebian x://b/debian\n"
    assert vulkan.mirror(told) == "x://b/debian"
    with pytest.raises(console.SetupError, match="no mirror of Debian"):
        vulkan.mirror("Ubuntu x://c\n")
    monkeypatch.setenv("CARREL_DEBIAN_MIRROR", "x://d")
    assert vulkan.mirror("") == "x://d"


def test_the_engine_for_cards_is_the_packaged_one_with_vulkan() -> None:
    assert set(engines.flags("vulkan")) - set(engines.flags()) == {"-DGGML_VULKAN=ON"}
    assert engines.flags("vulkan")[0] == "-DGGML_NATIVE=OFF"
    assert len({engines.key("lock"), engines.key("lock", "vulkan"), engines.key("other")}) == 3


def test_depends_are_found_among_warnings() -> None:
    printed = "dpkg-shlibdeps: warning: x\nshlibs:Depends=libc6 (>= 2.35), libgl1\n"
    line = depends.depends_of(printed)
    assert line == "libc6 (>= 2.35), libgl1"
    assert archive.libraries_of(f"{line}, {depends.FONTS}") == [
        "fonts-dejavu-core",
        "libc6",
        "libgl1",
    ]
    with pytest.raises(console.SetupError):
        depends.depends_of("nothing")


def test_the_manual_and_the_completion_follow_the_help(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "carrel_desktop", "--help"], capture_output=True, text=True,
        env={"COLUMNS": "400"},
    )  # fmt: skip
    found = desktop_files.commands(done.stdout)
    assert {"add", "ask", "search", "doctor", "privacy"} <= set(found)
    options = {name: ["--json"] for name in found}
    assert ".B left\\-out\n" in desktop_files.manual(found, options, "1")
    script = tmp_path / "completion"
    script.write_text(desktop_files.completion(options))
    asked = "COMP_WORDS=(carrel se); COMP_CWORD=1; _carrel; echo ${COMPREPLY[@]}"
    told = subprocess.run(
        ["bash", "-c", f"source {script}; {asked}"], capture_output=True, text=True
    )
    assert told.stdout.split() == ["search"]


def test_a_licence_is_found_wherever_a_wheel_says_it() -> None:
    metadata = email.message.Message()
    assert papers.licence_of(metadata) == ""
    metadata["License"] = "BSD\nlong text"
    assert papers.licence_of(metadata) == "BSD"
    metadata["Classifier"] = "License :: OSI Approved :: MIT License"
    assert papers.licence_of(metadata) == "MIT License"
    metadata["License-Expression"] = "MIT"
    assert papers.licence_of(metadata) == "MIT"


def test_the_parts_list_is_the_same_every_time() -> None:
    parts = [papers.Part("a b", "1", "MIT", ())]
    first, second = papers.bill("carrel", parts), papers.bill("carrel", parts)
    assert first == second
    assert first["components"][0]["purl"] == "pkg:pypi/a%20b@1"
    assert papers.bill("carrel", [papers.Part("c", "1", "MIT", ())]) != first


@pytest.mark.parametrize(
    "name", ["install.sh", "uninstall.sh", "carrel.sh", "carrel-tune.sh", "preinst.sh"]
)
def test_the_scripts_are_plain_shell(name: str) -> None:
    path = ROOT / "packaging" / "package" / "files" / name
    assert subprocess.run(["sh", "-n", str(path)]).returncode == 0


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="versions come from the history")
def test_the_runtime_has_a_version_that_dpkg_can_compare() -> None:
    for package in (places.RUNTIME, places.STARTER):
        day, _, minute = places.package_version(package).partition(".")
        assert len(day) == 8
        assert day.isdigit()
        assert len(minute) == 4
        assert minute.isdigit()
    assert places.package_version(places.OURS) == places.version()


def test_the_starter_adapter_goes_with_the_starter_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "libraries", lambda package: tmp_path / package)
    shipped = tmp_path / places.OURS / "carrel_models" / "shipped"
    shipped.mkdir(parents=True)
    (shipped / "reader.gguf").write_bytes(b"GGUF")
    libraries.move_adapter()
    assert not shipped.exists()
    moved = tmp_path / places.STARTER / "carrel_models" / "shipped" / "reader.gguf"
    assert moved.read_bytes() == b"GGUF"
