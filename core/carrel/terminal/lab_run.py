"""`carrel lab run`: every question in every way, into a folder."""

from __future__ import annotations

import argparse
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import Cancelled, UserError
from carrel.lab.arms import Way, ways_of
from carrel.lab.asking import Asker
from carrel.lab.costs import costs_of
from carrel.lab.questions import Question, QuestionSet, read_questions
from carrel.lab.recent import remember
from carrel.lab.report import write_reports
from carrel.lab.run import run as run_lab
from carrel.lab.saved import Costs, Made, RunFolder, read_run
from carrel.process.machine import processor
from carrel.store import listing
from carrel.terminal.adapters import choice
from carrel.terminal.asking import stopping
from carrel.terminal.lab_results import HOLDS_TEXT, show_run
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.profile import Profile

_KINDS = {"all": (False, True), "alone": (False,), "files": (True,)}


def run(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Run, report, show."""
    asked = read_questions(arguments.questions, scored=True)
    questions = _confirmed(asked, arguments.drafts)
    collections = [arguments.collection] if arguments.collection else []
    cancel = threading.Event()
    with stopping(cancel):
        ways = ways_of(
            core, arguments.models, [choice(one) for one in arguments.adapters], cancel,
            _KINDS[arguments.ways],
        )  # fmt: skip
        _require_files(core, questions, ways, collections)
        made = _made(core, arguments, asked, ways, collections)
        folder = RunFolder(Path(arguments.out).expanduser(), made, questions)
        remember(core.profile.data, folder.folder)
        try:
            output.note(f"{len(questions):,} questions, {len(ways)} ways. {HOLDS_TEXT}")
            _answer(core, arguments, folder, questions, ways, collections, cancel, output)
            if folder.costs is None and not arguments.no_costs:
                folder.add(_costs(core, arguments, ways, cancel, output))
        except Cancelled:
            output.note("What is answered is saved; the same command goes on.")
            raise
        finally:
            folder.close()
            write_reports(read_run(folder.folder))
    return show_run(read_run(folder.folder), output)


def _answer(
    core: Core,
    arguments: argparse.Namespace,
    folder: RunFolder,
    questions: list[Question],
    ways: list[Way],
    collections: list[str],
    cancel: threading.Event,
    output: Output,
) -> None:
    labels = sorted(
        {one for q in questions if q.kind == "label" for one in (*q.labels, *q.answers)}
    )
    asker = Asker(core, labels, arguments.prompt_tokens, arguments.reply_tokens)
    order = [way.name for way in ways]
    with output.bar("Asking …") as bar:

        def tell(way: str, share: float) -> None:
            bar((order.index(way) + share) / len(order))

        run_lab(core, asker, folder, questions, ways, collections, cancel, tell)


def _costs(
    core: Core,
    arguments: argparse.Namespace,
    ways: list[Way],
    cancel: threading.Event,
    output: Output,
) -> Costs:
    from carrel.compose import Core as AnyCore
    from carrel.engine.attaching import resolve

    def open_core(profile: Profile) -> Core:
        return AnyCore(profile, fakes=arguments.fakes)

    output.note("Measuring what indexing and a changed file take, on a copy …")
    rows, _ = listing.documents(
        core.library.database, status="indexed", collection=arguments.collection
    )
    named = {use.id: choice for way in ways
             for use, choice in zip(way.adapters, way.adapter_choices, strict=True)}  # fmt: skip
    paths = {id: Path(resolve(core.adapters, one.id).path) for id, one in named.items()}
    documents = [row.path for row in rows] if any(way.files for way in ways) else []
    folder = Path(arguments.out).expanduser()
    return costs_of(documents, paths, folder, open_core, cancel)


def _confirmed(asked: QuestionSet, drafts: bool) -> list[Question]:
    found = [one for one in asked.questions if drafts or one.confirmed]
    if not found:
        raise UserError(
            f"No question of {asked.path} is confirmed.",
            "Read them, write yes under confirmed where question and answer are right, or say "
            "--drafts.", "drafts",
        )  # fmt: skip
    return found


def _require_files(
    core: Core, questions: list[Question], ways: list[Way], collections: list[str]
) -> None:
    core.library.require(collections)
    searched = any(not one.passages for one in questions) and any(way.files for way in ways)
    if searched and not core.library.has_passages(collections):
        raise UserError(
            "There are no files to answer from.", "Add some: carrel add FOLDER.", "no_files"
        )
    for name in {one.collection for one in questions if one.collection}:
        core.library.require([name])


def _made(
    core: Core,
    arguments: argparse.Namespace,
    asked: QuestionSet,
    ways: list[Way],
    collections: list[str],
) -> Made:
    for name, least, most in (("prompt_tokens", 50, 32_000), ("reply_tokens", 8, 8_000)):
        if not least <= getattr(arguments, name) <= most:
            option = f"--{name.replace('_', '-')}"
            raise UserError(f"{option} must be between {least} and {most:,}.", "", "usage")
    embedder = core.library.any_embedder()
    return Made(
        questions=asked.path, digest=asked.digest, ways=ways, collections=collections,
        prompt_tokens=arguments.prompt_tokens, reply_tokens=arguments.reply_tokens,
        passages=core.settings.whole("passages"), embedder=f"{embedder.id} {embedder.sha256[:12]}",
        engine=arguments.engine, carrel=version("carrel"), processor=processor(),
        drafts=any(not one.confirmed for one in _confirmed(asked, arguments.drafts)),
    )  # fmt: skip
