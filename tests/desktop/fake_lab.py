"""The scripted desk's lab: runs in a plain dictionary."""

from __future__ import annotations

from collections.abc import Iterator

from carrel.desk import lab_requests as q
from carrel.errors import UserError
from carrel.events import Message
from carrel.process.rpc import Call, Handler

HEAD = ["", "base", "base + files", "reader", "reader + files"]
WORDS = (
    "40 questions, 10 of them without an answer in the files, 4 ways. On all questions reader + "
    "files has the most points, 0.68 (0.55 to 0.80). It is ahead of base by 0.45 (0.31 to 0.58) "
    "and reader by 0.40 (0.27 to 0.53). It leads base + files by 0.08 (-0.04 to 0.20), but that is "
    "too wide an interval, or too few questions, to say that it is better."
)


class FakeLab:
    """`runs` are what ShowRun says of a folder; None for one that cannot be read."""

    def __init__(self, asked: list[Message]) -> None:
        self.asked = asked
        self.runs: dict[str, q.RunShown | None] = {}
        self.listed: list[str] = []

    def handlers(self) -> dict[type[Message], Handler]:
        return {
            q.ListRuns: self._list, q.ShowRun: self._show, q.LeaveOutRun: self._leave_out,
            q.UseRun: self._use,
        }  # fmt: skip

    def _rows(self) -> q.RunList:
        return q.RunList(
            runs=[
                q.RunRow(folder=one, questions=40, ways=4, complete=True)
                if self.runs.get(one)
                else q.RunRow(folder=one, problem=f"{one} holds no run of the lab.")
                for one in self.listed
            ]
        )

    def _list(self, request: q.ListRuns, call: Call) -> Iterator[Message]:
        yield self._rows()

    def _show(self, request: q.ShowRun, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        found = self.runs.get(request.folder)
        if found is None:
            raise UserError(f"{request.folder} holds no run of the lab.", "Make one.", "no_run")
        if request.folder not in self.listed:
            self.listed.insert(0, request.folder)
        yield found

    def _leave_out(self, request: q.LeaveOutRun, call: Call) -> Iterator[Message]:
        self.listed.remove(request.folder)
        yield self._rows()

    def _use(self, request: q.UseRun, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        yield q.RunUsed(way=request.way, model="m", settings={"mode": "files"})


def shown(folder: str, report: str = "") -> q.RunShown:
    """A finished run of four ways."""
    return q.RunShown(
        folder=folder, words=WORDS, ways=HEAD[1:], best=HEAD[-1], report=report,
        tables=[
            q.RunTable(title="Scores", head=HEAD, rows=[
                ["points", "0.23 (0.14 to 0.33)", "0.60 (0.47 to 0.72)", "0.28 (0.19 to 0.37)",
                 "0.68 (0.55 to 0.80)"],
                ["honest refusals", "0.10 (0.00 to 0.30)", "0.70 (0.40 to 1.00)",
                 "0.40 (0.10 to 0.70)", "0.90 (0.70 to 1.00)"],
            ]),
            q.RunTable(title="What it took", head=HEAD, rows=[
                ["answer, s (median)", "0.61", "2.40", "0.35", "2.10"],
            ]),
        ],
        notes=["Training of reader, and again after every change of its data: 62 minutes."],
    )  # fmt: skip
