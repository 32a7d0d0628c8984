"""What HTML hides by an attribute is not read; honest white on dark is."""

import pytest


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="color:#FFF">no</p>',
        '<p style="color: white ; background:#ffffff">no</p>',
        '<div style="background:#fff"><p><font color="white">no</font></p></div>',
        '<p style="color:#123456;background-color:#123456">no</p>',
        '<p style="color:transparent">no</p>',
        '<p style="color:rgba(0, 0, 0, 0)">no</p>',
        '<p style="font-size:1px">no</p>',
        '<p style="font-size: 0.05em !important">no</p>',
        '<p style="opacity:0">no</p>',
        '<p style="opacity:0.0"><b>no</b></p>',
        '<p style="text-indent:-9999px">no</p>',
        '<p style="visibility:hidden">no</p>',
        '<div style="font-size:0">no<i style="font-size:9px"></i></div>',
        '<p style="color:#fff">no<b style="color:#000"></b></p>',
    ],
)
def test_hidden_words_are_left_out(inline, hidden):
    found = inline(f"<body><p>Seen.</p>{hidden}<p>Last.</p></body>".encode(), "a.html")
    assert found.text.split() == ["Seen.", "Last."]


@pytest.mark.parametrize(
    "shown",
    [
        '<p style="color:#fff;background:#003">yes</p>',
        '<table><tr><td bgcolor="#003366"><p style="color:#fff">yes</p></td></tr></table>',
        '<div style="background-image:url(x.png)"><p style="color:white">yes</p></div>',
        '<div class="hero"><p style="color:white">yes</p></div>',  # a style sheet may colour it
        '<p style="font-size:9px">yes</p>',
        '<p style="opacity:0.8">yes</p>',
        '<p style="background-color:#fff">yes</p>',
        '<p style="text-indent:-2em">yes</p>',
        '<p aria-hidden="true">yes</p>',
        # as mailing tools write it, against gaps between the parts
        '<div style="font-size:0px"><div style="font-size:13px">yes</div></div>',
        '<div style="color:#fff"><p style="color:#000">yes</p></div>',
    ],
)
def test_what_can_be_read_is_read(inline, shown):
    assert inline(f"<body>{shown}</body>".encode(), "a.html").text == "yes"
