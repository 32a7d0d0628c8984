"""Which build of llama.cpp runs where one for graphics cards is installed beside the usual one."""

from __future__ import annotations

import pytest

from carrel.engine.hardware import Hardware, engine_has_gpu_library, gpu_engine
from carrel.engine.messages import Device, DeviceList, ListDevices
from carrel.engine.native import ENGINE_SITE
from carrel.errors import WorkerDied
from carrel.process.child import Child

CPU = Device(name="CPU", description="a processor", kind="cpu", free=1, total=1)
CARD = Device(name="Vulkan0", description="a card", kind="gpu", free=8, total=9)


@pytest.fixture
def beside(tmp_path, monkeypatch):
    monkeypatch.delenv(ENGINE_SITE, raising=False)
    (tmp_path / "llama_cpp" / "lib").mkdir(parents=True)
    (tmp_path / "llama_cpp" / "lib" / "libggml-vulkan.so").touch()
    return tmp_path


@pytest.fixture
def answers(monkeypatch):
    """What a worker says when it is asked for its devices, by the engine it was started with."""
    told: dict[str, DeviceList | Exception] = {"": DeviceList([CPU], False, "", [])}
    asked = []

    def ask(request, wanted, env):
        assert isinstance(request, ListDevices)
        asked.append(dict(env))
        found = told[env.get(ENGINE_SITE, "")]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr("carrel.engine.hardware._ask", ask)
    return told, asked


def test_where_nothing_is_beside_the_usual_engine_runs_and_nobody_is_asked(tmp_path, answers):
    hardware = Hardware(beside=tmp_path / "nothing")
    assert hardware.environment() == {}
    assert hardware.problem == ""
    assert answers[1] == []


def test_a_card_that_it_finds_makes_it_the_engine(beside, answers):
    told, asked = answers
    told[str(beside)] = DeviceList([CARD, CPU], True, "", [])
    hardware = Hardware(beside=beside)
    assert hardware.environment() == {ENGINE_SITE: str(beside)}
    assert [one.free for one in hardware.gpus()] == [8]
    assert hardware.devices().offloads
    assert len(asked) == 1, "the same answer serves for all"


def test_without_a_card_the_processor_serves_and_a_sentence_says_so(beside, answers):
    told, _ = answers
    told[str(beside)] = DeviceList([CPU], False, "", [])
    hardware = Hardware(beside=beside)
    assert hardware.environment() == {}
    assert hardware.gpus() == []
    assert hardware.problem == (
        "No graphics card with a driver for Vulkan was found. Models run on the processor."
    )
    assert hardware.devices().devices == [CPU]


def test_a_driver_that_ends_the_process_leaves_the_processor(beside, answers):
    told, _ = answers
    told[str(beside)] = WorkerDied("model", "crashed: it touched memory that is not its own.")
    hardware = Hardware(beside=beside)
    assert hardware.environment() == {}
    assert "does not start here: The model process crashed" in hardware.problem
    assert hardware.problem.endswith("Models run on the processor.")


def test_the_setting_and_the_variable_come_first(beside, answers, monkeypatch):
    assert Hardware("cpu", beside).environment() == {}
    monkeypatch.setenv(ENGINE_SITE, "elsewhere")
    assert Hardware(beside=beside).site() == "elsewhere"
    assert answers[1] == []


def test_a_broken_engine_beside_is_really_left_alone(beside):
    """The real worker, started with a folder that holds no engine worth the name."""
    (beside / "llama_cpp" / "__init__.py").write_text(
        "raise OSError('libvulkan.so.1 is missing')\n"
    )
    hardware = Hardware(beside=beside)
    assert hardware.environment() == {}
    assert "does not start here" in hardware.problem
    assert {one.kind for one in hardware.devices().devices} >= {"cpu"}


def test_a_worker_is_started_with_what_a_function_says_then(tmp_path):
    words = {"NUMBER": "1"}
    child = Child("nothing", env=lambda: dict(words))
    from carrel.process.child import _environment

    assert _environment(child._env)["NUMBER"] == "1"
    words["NUMBER"] = "2"
    assert _environment(child._env)["NUMBER"] == "2"


def test_the_library_for_cards_is_seen_in_the_folder(beside):
    assert engine_has_gpu_library(str(beside))
    (beside / "llama_cpp" / "lib" / "libggml-vulkan.so").unlink()
    assert not engine_has_gpu_library(str(beside))
    assert gpu_engine().parts[-2:] == ("lib", "carrel-gpu")
