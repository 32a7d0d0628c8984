"""LaTeX: sections, tables and listings; the preamble and comments are nobody's text."""

from .outlines import blocks_of, headings_of, settles

FILE = r"""\documentclass{article}
\title{On \emph{boats}}
\newcommand{\x}{secret preamble}
\begin{document}
\maketitle
\section{Harbour {at} night}\label{s}
Ships sleep here.
% a comment
\subsection*{Prices}
\begin{tabular}{ll}
dory & 20 \\
\end{tabular}
\begin{verbatim}
\section{not one}
\end{verbatim}
\end{document}
"""


def test_structure(inline):
    document = inline(FILE.encode(), "boats.tex")
    assert document.title == "On boats"
    assert headings_of(document) == ["Harbour at night", "Harbour at night > Prices"]
    blocks = blocks_of(document)
    assert "dory & 20" in next(text for kind, _, text in blocks if kind == "table")
    assert "not one" in next(text for kind, _, text in blocks if kind == "code")
    text = " ".join(text for _, _, text in blocks)
    assert "secret preamble" not in text
    assert "a comment" not in text
    assert "Ships sleep here." in text


def test_a_file_without_a_document_is_read_whole(inline):
    assert headings_of(inline(rb"\chapter{One} words", "part.tex")) == ["One"]


def test_open_braces_settle(inline):
    data = (rb"\section{" + b"{" * 400 + b"\n") * 3_000
    assert settles(inline, data, "a.tex").blocks
