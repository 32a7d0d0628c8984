"""llama.cpp's log becomes one telling sentence."""

from __future__ import annotations

import pytest

from carrel.engine import native


@pytest.fixture(autouse=True)
def clean_log():
    native.clear_log()
    yield
    native.clear_log()


def test_the_first_error_is_the_reason():
    native._log.append((2, "llama_model_loader: loaded meta data\n"))
    native._log.append((3, "load: control-looking token\n"))
    native._log.append((4, "llama_model_load: error loading model: check_dims: no such tensor\n"))
    native._log.append((4, "llama_model_load_from_file_impl: failed to load model\n"))
    assert native.reason_from_log() == "no such tensor"


def test_a_consequence_is_better_than_nothing():
    native._log.append((4, "llama_model_load_from_file_impl: failed to load model\n"))
    assert native.reason_from_log() == "failed to load model"


def test_silence_gives_nothing():
    native._log.append((2, "only information\n"))
    assert native.reason_from_log() == ""


def test_a_flag_is_up_or_down():
    flag = native.StopFlag()
    assert not flag.is_set()
    flag.set()
    assert flag.is_set()
    assert native._c_library().strlen(flag._buffer) == 1
    flag.clear()
    assert native._c_library().strlen(flag._buffer) == 0
