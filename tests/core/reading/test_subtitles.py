"""Subtitles: what is said, with its time, without numbers and tags."""

import pytest

from carrel.errors import UserError

from .outlines import blocks_of

SRT = """1
00:00:01,000 --> 00:00:03,000
<i>Ships sleep</i>
in the harbour.

2
00:00:04,000 --> 00:00:05,000
{\\an8}In the harbour of 1984

3
01:02:03,500 --> 01:02:05,000
Goats walk.
"""
VTT = "WEBVTT\n\nNOTE x\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Ada>Hello.\n"


def test_srt(inline):
    ((kind, _, text),) = blocks_of(inline(SRT.encode(), "film.srt"))
    assert kind == "paragraph"
    assert text == "[00:00:01] Ships sleep in the harbour. In the harbour of 1984 Goats walk."


def test_vtt(inline):
    assert [text for _, _, text in blocks_of(inline(VTT.encode(), "a.vtt"))] == [
        "[00:00:01] Hello."
    ]


def test_long_talk_falls_into_paragraphs_with_their_times(inline):
    cues = [
        f"{n}\n00:{n // 60:02d}:{n % 60:02d},000 --> 00:59:00,000\nThis is sentence number {n}.\n"
        for n in range(100)
    ]
    blocks = blocks_of(inline("\n".join(cues).encode(), "a.srt"))
    assert len(blocks) > 4
    assert blocks[1][2].startswith("[00:00:")
    words = " ".join(text for _, _, text in blocks)
    assert all(f"number {n}." in words for n in range(100))


@pytest.mark.parametrize(
    ("data", "code"), [(b"no times here", "broken"), (b"1\n00:00:01,0 --> 00:00:02,0\n", "empty")]
)
def test_what_are_no_subtitles_has_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "a.srt")
    assert refused.value.code == code
