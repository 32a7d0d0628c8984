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


ASS = """[Script Info]
Title: x
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\i1}Ships sleep{\\i0},\\Nin the harbour.
Comment: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,not said
Dialogue: 0,1:02:03.00,1:02:05.00,Default,,0,0,0,,Goats walk.
"""
MICRO_DVD = "{1}{1}25\n{25}{75}{y:i}Ships sleep|in the harbour.\n{1500}{1600}Goats walk.\n"
SUB_VIEWER = (
    "[INFORMATION]\n[TITLE]x\n\n00:00:01.00,00:00:03.00\nShips sleep[br]in the harbour.\n\n"
    "00:01:00.00,00:01:05.00\nGoats walk.\n"
)


@pytest.mark.parametrize(
    ("data", "name"), [(ASS, "a.ass"), (ASS, "a.ssa"), (MICRO_DVD, "a.sub"), (SUB_VIEWER, "b.sub")]
)
def test_other_kinds(inline, data, name):
    ((_, _, text),) = blocks_of(inline(data.encode(), name))
    assert text.replace("sleep,", "sleep") == ("[00:00:01] Ships sleep in the harbour. Goats walk.")


def test_frames_are_seconds(inline):
    data = "{1}{1}25\n" + "".join(f"{{{n * 250}}}{{}}{'words ' * 70}end.\n" for n in range(3))
    blocks = blocks_of(inline(data.encode(), "a.sub"))
    assert [text[:10] for _, _, text in blocks] == ["[00:00:00]", "[00:00:10]", "[00:00:20]"]


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
