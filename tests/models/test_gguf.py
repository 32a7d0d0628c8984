"""The header reader: right on good files, quick on large ones, never surprised by bad ones."""

from __future__ import annotations

import contextlib
import struct
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrel_models import gguf
from carrel_models.gguf import Array, BadGguf, read_header
from tests.models.tiny_gguf import WIDTH, metadata, tensors, vocabulary, write_gguf, write_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_reads_metadata_and_tensors(tiny):
    header = read_header(tiny)
    assert header.version == 3
    assert header.text("general.architecture") == "llama"
    assert header.integer("llama.block_count") == 2
    assert header.metadata["tokenizer.ggml.add_bos_token"] is False
    assert header.metadata["tokenizer.ggml.tokens"] == Array(8, 267, tuple(vocabulary()))
    embedding = header.tensors[0]
    assert (embedding.name, embedding.shape) == ("token_embd.weight", (WIDTH, 267))
    assert embedding.elements == WIDTH * 267
    assert header.data_offset % header.alignment == 0
    end = header.data_offset + header.tensors[-1].offset + header.tensors[-1].elements * 4
    assert end == header.file_size == tiny.stat().st_size


def test_large_vocabulary_is_skipped_within_a_second(tmp_path):
    words = [f"word{i}" for i in range(152_000)]
    values = {"general.architecture": "llama", "tokens": words, "merges": [f"a {w}" for w in words]}
    path = write_gguf(tmp_path / "large.gguf", values, {})
    start = time.process_time()  # what else runs on the machine does not count
    header = read_header(path)
    assert time.process_time() - start < 1.0
    merges = header.metadata["merges"]
    assert isinstance(merges, Array)
    assert (merges.kind, merges.length, merges.values) == (8, 152_000, None)


def head(version=3, tensors=0, pairs=0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, pairs)


def key(name: bytes, kind: int) -> bytes:
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind)


HUGE = (1 << 64) - 1
BAD = {
    "empty": (b"", "is empty"),
    "one byte": (b"G", "not a GGUF"),
    "magic only": (b"GGUF", "not copied completely"),
    "web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "web page after a line": (b"\n <html></html>", "web page"),
    "zip": (b"PK\x03\x04" + bytes(60), "zip archive"),
    "lfs pointer": (b"version https://git-lfs.github.com/spec/v1\n", "LFS pointer"),
    "version 1": (head(version=1), "version 1"),
    "big endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
    "many tensors": (head(tensors=HUGE), "promises"),
    "many pairs": (head(pairs=HUGE), "promises"),
    "pairs missing": (head(pairs=3), "not copied completely"),
    "long key": (head(pairs=1) + struct.pack("<Q", HUGE) + b"k", "cannot be right"),
    "long text": (head(pairs=1) + key(b"k", 8) + struct.pack("<Q", 1 << 40), "cannot be right"),
    "unknown type": (head(pairs=1) + key(b"k", 13), "unknown type 13"),
    "long array": (head(pairs=1) + key(b"k", 9) + struct.pack("<IQ", 4, HUGE), "does not hold it"),
    "texts missing": (head(pairs=1) + key(b"k", 9) + struct.pack("<IQ", 8, 9000), "does not hold"),
    "nested array": (head(pairs=1) + key(b"k", 9) + struct.pack("<IQ", 9, 1), "unknown type 9"),
    "no dimensions": (head(tensors=1) + key(b"t", 0), "0 dimensions"),
    "empty tensor": (
        head(tensors=1) + key(b"t", 1) + struct.pack("<QIQ", 0, 0, 0),
        "impossible shape",
    ),
    "giant tensor": (
        head(tensors=1) + key(b"t", 4) + struct.pack("<4QIQ", *[1 << 40] * 4, 0, 0),
        "impossible shape",
    ),
    "alignment": (
        head(pairs=1) + key(b"general.alignment", 4) + struct.pack("<I", 0),
        "power of two",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_sentence(tmp_path, name):
    data, words = BAD[name]
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(BadGguf, match=words) as caught:
        read_header(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_every_truncation_of_the_header_is_refused(tiny, tmp_path):
    data = tiny.read_bytes()
    end = read_header(tiny).data_offset
    path = tmp_path / "cut.gguf"
    for length in [*range(0, 400), *range(400, end - 64, 97)]:
        path.write_bytes(data[:length])
        with pytest.raises(BadGguf):
            read_header(path)


@settings(max_examples=200, deadline=1000, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(4, 12_000), st.binary(min_size=1, max_size=8))))
def test_changed_bytes_never_raise_anything_else(tiny, tmp_path_factory, changes):
    data = bytearray(tiny.read_bytes()[:16_000])
    for place, new in changes:
        data[place : place + len(new)] = new
    path = tmp_path_factory.mktemp("fuzz") / "changed.gguf"
    path.write_bytes(data)
    with contextlib.suppress(BadGguf):
        header = read_header(path)
        assert header.data_offset <= len(data) + header.alignment
    path.unlink()


def test_a_header_full_of_texts_is_refused_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(gguf, "MAX_TEXTS", 3_000)
    values = {f"a{i}": ["x"] * 1_100 for i in range(3)}
    path = write_gguf(tmp_path / "many.gguf", {**metadata(), **values}, tensors())
    with pytest.raises(BadGguf, match="more words than any model has"):
        read_header(path)
    monkeypatch.setattr(gguf, "MAX_KEPT", 10_000)
    long = write_gguf(tmp_path / "long.gguf", {"text": "x" * 20_000}, {})
    with pytest.raises(BadGguf, match="more text and numbers"):
        read_header(long)
