"""The report of a run: report.md, and report.html in one file without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from carrel.lab.asking import Given
from carrel.lab.charts import Bar, bars
from carrel.lab.questions import Question
from carrel.lab.saved import Costs, Run, last_answers
from carrel.lab.score import Point, WayScores, points_of, scores
from carrel.lab.task.metrics import Figure
from carrel.lab.words import COSTS, QUALITY, costs_in, paragraph, rows

MOST_SHOWN = 1000
"""Questions whose answers a report shows: a page must still open."""
METHOD = (
    "Every way got the same questions, search, room for passages, temperature 0 and seed. Points "
    "lie between 0 and 1: token F1 for free text (normalized as for SQuAD), right or wrong for "
    "numbers, labels and yes or no, and 1 for declining what the files do not answer. Brackets are "
    "95 % intervals by bootstrap over questions; one without width says that all answers were "
    "alike, not that the figure is certain. Nothing was judged by a model. What holds for these "
    "questions, files and models need not hold for others."
)
FORGETTING = (
    "What can be forgotten: of the index, any document, by a command that removes its rows; of a "
    "tune, only the whole of it, by taking the adapter or the model away."
)


def write_reports(run: Run) -> list[Path]:
    """Write both reports into the run's folder."""
    found = scores(run)
    made = [Path(run.folder) / "report.md", Path(run.folder) / "report.html"]
    for path, text in zip(made, (markdown(run, found), page(run, found)), strict=True):
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
        os.replace(part, path)
    return made


def markdown(run: Run, found: Sequence[WayScores]) -> str:
    """The report as Markdown."""
    lines = ["# Retrieval, tuning, or both", "", paragraph(run, found), "", METHOD, ""]
    head = ["", *(one.way.name for one in found)]
    for title, table in (("Scores", QUALITY), ("What it took", COSTS)):
        lines += [f"## {title}", "", *_md_table(head, rows(table, found)), ""]
    lines += ["## Keeping up", "", *(f"- {line}" for line in keeping_up(run)), ""]
    lines += ["## What was asked with", "", *(f"- {line}" for line in made_with(run)), ""]
    lines += ["## Question by question", "", *_left_out(run)]
    for question, answers in side_by_side(run, MOST_SHOWN):
        lines += [f"### {_md(question.id)}: {_md(question.question)}", "", _md(right(question)), ""]
        for way, given, point in answers:
            lines.append(f"- **{_md(way)}** ({_points(point)}): {_md(said(given))}")
            lines += [f"  - {_md(source)}" for source in sources(given)]
        lines.append("")
    return "\n".join(lines)


def page(run: Run, found: Sequence[WayScores]) -> str:
    """The report as one HTML page."""
    head = ["", *(one.way.name for one in found)]
    body = [
        "<h1>Retrieval, tuning, or both</h1>",
        f"<p class=lead>{escape(paragraph(run, found))}</p>",
        *charts(found),
        "<h2>Scores</h2>", _table(head, rows(QUALITY, found)),
        "<h2>What it took</h2>", _table(head, rows(COSTS, found)),
        "<h2>Keeping up</h2>", _list(keeping_up(run)),
        "<h2>What was asked with</h2>", _list(made_with(run)),
        f"<p>{escape(METHOD)}</p>", "<h2>Question by question</h2>",
        *(f"<p>{escape(line)}</p>" for line in _left_out(run) if line),
        *(_asked(question, answers) for question, answers in side_by_side(run, MOST_SHOWN)),
    ]  # fmt: skip
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Retrieval, tuning, or both</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def charts(found: Sequence[WayScores]) -> Iterator[str]:
    """The charts that there is something to show in."""
    for title, figures in (
        ("Points on all questions", [one.score for one in found]),
        ("Points on questions that the files answer", [one.answerable for one in found]),
        ("Honest refusals, of questions that the files do not answer",
         [one.honest_refusals for one in found]),
        ("False refusals, of questions that they answer", [one.false_refusals for one in found]),
    ):  # fmt: skip
        yield bars(title, list(_bars(found, figures)), 1.0, 2)
    timed = [
        Bar(one.way.name, one.total_ms / 1000, one.total_ms / 1000, one.total_ms / 1000,
            one.way.files)
        for one in found if one.total_ms is not None
    ]  # fmt: skip
    most = max((one.value for one in timed), default=1.0)
    yield bars("Seconds for an answer (median)", timed, most, 2, " s")


def side_by_side(
    run: Run, most: int | None = None
) -> Iterator[tuple[Question, list[tuple[str, Given, Point | None]]]]:
    """Questions (all, or the first `most`) with the answers of all ways that have one."""
    answers, points = last_answers(run.lines), points_of(run)
    for question in run.questions[:most]:
        yield (
            question,
            [
                (way.name, given, points[way.name].get(question.id))
                for way in run.made.ways
                if (given := answers.get((way.name, question.id))) is not None
            ],
        )


def _left_out(run: Run) -> list[str]:
    if len(run.questions) <= MOST_SHOWN:
        return []
    return [f"The first {MOST_SHOWN:,} of {len(run.questions):,}; carrel lab show DIR --questions "
            "shows all.", ""]  # fmt: skip


def right(question: Question) -> str:
    """What was right to say."""
    if not question.answerable:
        return "Right: to say that the files do not hold it."
    return f"Right: {' or '.join(question.answers)}"


def said(given: Given) -> str:
    """What an answer was, with what the model said where Carrel did not show it."""
    if given.error:
        return f"failed: {given.error}"
    if given.answer:
        return given.answer
    why = {
        "search": "Nothing close enough was found, so no model was asked.",
        "model": f"The model declined: {given.said}",
        "check": f"No passage supports what the model said: {given.said}",
    }
    return f"Not in your files. {why.get(given.refused_by, '')}".strip()


def sources(given: Given) -> list[str]:
    """The quotes behind an answer, with their places."""
    return [
        f"{os.path.basename(one.document)}{f', page {one.page}' if one.page else ''}: {one.quote}"
        for one in given.sources
    ]


def keeping_up(run: Run) -> list[str]:
    """What a change of the files, or of what was learned, takes."""
    costs = costs_in(run) or Costs()
    lines = []
    if costs.indexing_seconds is not None:
        lines.append(f"Indexing {costs.documents:,} documents ({costs.passages:,} passages): "
                     f"{costs.indexing_seconds:.1f} s.")  # fmt: skip
    if costs.changed_seconds is not None:
        lines.append("From a changed file to its new sentence being found: "
                     f"{costs.changed_seconds:.2f} s, on a copy.")  # fmt: skip
    for name in dict.fromkeys(use.id for way in run.made.ways for use in way.adapters):
        stated = costs.training_seconds.get(name)
        took = f"{stated / 60:,.0f} minutes" if stated else "not stated by its card"
        lines.append(f"Training of {name}, and again after every change of its data: {took}.")
    return [*lines, FORGETTING]


def made_with(run: Run) -> list[str]:
    """What the run can be made again with."""
    made = run.made
    lines = [
        f"{way.name}: {way.model} ({way.model_sha256[:12]})"
        + "".join(f" + {one.id} ({one.sha256[:12]}) at {one.scale:g}" for one in way.adapters)
        for way in made.ways
    ]
    files = ", ".join(made.collections) or "all collections"
    return [
        *lines, f"Files: {files}; passages: the best {made.passages}, at most "
        f"{made.prompt_tokens:,} tokens; embedder {made.embedder}",
        f"Answers: at most {made.reply_tokens:,} tokens; engine {made.engine}",
        f"Questions: {os.path.basename(made.questions)} (SHA-256 {made.digest[:12]})",
        f"Carrel {made.carrel}, on {made.processor}",
    ]  # fmt: skip


def _bars(found: Sequence[WayScores], figures: Sequence[Figure | None]) -> Iterator[Bar]:
    for one, figure in zip(found, figures, strict=True):
        if figure is not None:
            yield Bar(one.way.name, figure.value, figure.low, figure.high, one.way.files)


def _points(point: Point | None) -> str:
    return "failed" if point is None else f"{point.points:.2f}"


def _md(text: str) -> str:
    """Text of files as a line of Markdown that commands nothing."""
    line = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in line)


def _md_table(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *body]
    return [f"| {' | '.join(cell if cell == '---' else _md(cell) for cell in row)} |"
            for row in lines]  # fmt: skip


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th scope=col>{escape(cell)}</th>" for cell in head)
    lines = "".join(
        f"<tr><th scope=row>{escape(row[0])}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in body
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


def _list(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _asked(question: Question, answers: Sequence[tuple[str, Given, Point | None]]) -> str:
    cells = "".join(
        f"<td><b>{escape(way)}</b> <small>{_points(point)}</small><p>{escape(said(given))}</p>"
        + "".join(f"<blockquote>{escape(one)}</blockquote>" for one in sources(given))
        + "</td>"
        for way, given, point in answers
    )
    return (
        f"<section><h3>{escape(question.id)}: {escape(question.question)}</h3>"
        f"<p>{escape(right(question))}</p><table class=side><tr>{cells}</tr></table></section>"
    )


_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
.lead{font-size:1.1rem}table{border-collapse:collapse;margin:1rem 0}
td,th{border:1px solid #8886;padding:.3rem .6rem;text-align:left;vertical-align:top}
figure{margin:1rem 0}svg{max-width:100%;height:auto;font:13px system-ui,sans-serif}
text{fill:currentColor}.axis,.whisker{stroke:currentColor;fill:none}
.files{fill:#2f7d6b}.alone{fill:#8a8f98}.side{table-layout:fixed;width:100%}
blockquote{margin:.4rem 0;padding-left:.6rem;border-left:3px solid #8886;font-size:.9rem}
"""
