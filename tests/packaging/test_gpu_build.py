"""The engine's builds for graphics cards: chosen by name, kept apart, refused early."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.setup_modules import console, engine, load

gpu = load("gpu")
beside = load("beside")


def test_a_build_is_chosen_by_name() -> None:
    assert gpu.chosen({}) == ""
    assert gpu.chosen({"CARREL_GPU": " Vulkan "}) == "vulkan"
    with pytest.raises(console.SetupError, match="CARREL_GPU=opencl") as caught:
        gpu.chosen({"CARREL_GPU": "opencl"})
    assert "vulkan or cuda" in caught.value.what_to_do


def test_each_build_has_its_own_key_and_all_have_the_projects_flags() -> None:
    names = ("", "vulkan", "cuda")
    assert len({engine.key("lock", "avx2", name) for name in names}) == 3
    assert engine.key("lock", "avx2", "") == engine.key("lock", "avx2")
    for name in names:
        assert "-DGGML_OPENMP=OFF" in engine.flags(name)
    assert "-DGGML_VULKAN=ON" in engine.flags("vulkan")
    assert "-DGGML_CUDA=ON" in engine.flags("cuda")


def test_a_missing_compiler_is_said_before_a_long_build(tmp_path: Path) -> None:
    gpu.require_tools("", {"PATH": str(tmp_path)})
    for name, program in (("vulkan", "glslc"), ("cuda", "nvcc")):
        with pytest.raises(console.SetupError, match=program):
            gpu.require_tools(name, {"PATH": str(tmp_path)})


def test_old_vulkan_headers_are_refused_with_what_to_do(tmp_path: Path) -> None:
    tool = tmp_path / "glslc"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    header = tmp_path / "include" / "vulkan" / "vulkan_core.h"
    header.parent.mkdir(parents=True)
    environment = {"PATH": str(tmp_path), "VULKAN_SDK": str(tmp_path)}
    header.write_text("#define VK_HEADER_VERSION 239\n")
    with pytest.raises(console.SetupError, match="too old") as caught:
        gpu.require_tools("vulkan", environment)
    assert "VULKAN_SDK" in caught.value.what_to_do
    header.write_text('#define VK_EXT_LAYER_SETTINGS_EXTENSION_NAME "VK_EXT_layer_settings"\n')
    gpu.require_tools("vulkan", environment)


def test_a_build_beside_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "cache" / "some-key" / "engine.whl"
    unpacked = []

    def run(title: str, command: list[str], env: dict[str, str]) -> None:
        unpacked.append(command[-1])
        Path(command[command.index("--target") + 1]).mkdir(parents=True)

    monkeypatch.setattr(beside, "ROOT", tmp_path)
    monkeypatch.setattr(beside.engine, "finished_wheel", lambda name: wheel)
    monkeypatch.setattr(beside, "run", run)
    for _ in range(2):
        assert beside.install_beside("vulkan") == tmp_path / "build" / "vulkan" / "site"
    assert unpacked == [str(wheel)]
