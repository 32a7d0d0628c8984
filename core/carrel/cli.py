"""The command line: parse, confine, open the profile, run one command, end with the right status.

0 is ok (not_found is ok), 1 a user error, 2 wrong usage, 130 cancelled. The desk runs in this
process, with the same workers as beside a window. While a window holds the profile, commands that
only read work on it and commands that write say who holds it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from carrel.errors import Cancelled, CarrelError, UserError, WorkerDied, disk_full
from carrel.terminal.adapter_options import add_adapters
from carrel.terminal.lab_options import add_lab
from carrel.terminal.task_options import add_task
from carrel.terminal.update_options import add_updates

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.profile import Profile
    from carrel.terminal.output import Output

_READS = (
    "search", "ask", "compare", "collections", "documents", "text", "left-out", "verify", "privacy",
    "doctor", "survey", "summarize", "task",
)  # fmt: skip
# Actions of a shelf that change nothing.
_LOOKS = ("list", "show", "describe", "find", "suggest", "search", "export")


def main(argv: list[str], print_pdf: Callable[[str], bytes] | None = None) -> int:
    """Run the command line and return the exit status. `print_pdf` makes a PDF of an HTML page,
    where there is something that can."""
    if "--purge-user-data" in argv:
        from carrel.terminal.purging import main as purge

        return purge(argv)
    arguments = _parser().parse_args(argv)
    arguments.print_pdf = print_pdf
    window = None
    if arguments.command == "privacy":
        from carrel.process.probing import probe_in_child

        window = probe_in_child("window")
    from carrel.terminal.keyring import keyring_for

    arguments.keyring = keyring_for(arguments)  # before the filter: it needs a local socket
    from carrel.worker import prepare

    prepare()
    from carrel.terminal.output import Output

    output = Output(arguments.json)
    try:
        return _run(arguments, output, window)
    except UserError as error:
        output.error(error)
    except WorkerDied as error:
        output.error(UserError(str(error), "Try again."))
    except (Cancelled, KeyboardInterrupt):
        output.note("Stopped.")
        return 130
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            # `| head` has seen enough; Python must not complain when it closes standard output
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        if (full := disk_full(error)) is None:
            raise
        output.error(full)
    except CarrelError as error:
        output.error(UserError(str(error), "Run the command again: what is broken is mended then."))
    finally:
        if arguments.keyring is not None:
            arguments.keyring.close()
    return 1


def _run(arguments: argparse.Namespace, output: Output, window: Any) -> int:
    from carrel.profile import Profile

    if arguments.command == "demo":
        from carrel.terminal.demo import demo

        return demo(lambda profile: _open(profile, arguments, False), arguments, output)
    if arguments.command == "verify-update":
        from carrel.terminal.updates import verify_update

        return verify_update(arguments, output)
    profile = Profile.at(arguments.profile)
    profile.create()
    return _with_profile(profile, arguments, output, window)


def _with_profile(
    profile: Profile, arguments: argparse.Namespace, output: Output, window: Any
) -> int:
    from carrel.process.instance import Instance, holder

    instance = Instance.acquire(profile.data, f"carrel {arguments.command}")
    if instance is None and not _only_reads(arguments):
        raise UserError(
            f"This profile is in use by {holder(profile.data)}.",
            "Do it there, or close it and try again.",
            "in_use",
        )
    try:
        if arguments.command == "lock":
            return _lock(profile, arguments, output)
        with _open(profile, arguments, instance is None) as core:
            return _dispatch(core, arguments, output, window)
    finally:
        if instance is not None:
            instance.close()


def _lock(profile: Profile, arguments: argparse.Namespace, output: Output) -> int:
    from carrel.compose import embedder_source
    from carrel.settings import Settings
    from carrel.terminal.locking import lock

    source = embedder_source(profile, Settings(profile.settings), fakes=arguments.fakes)
    return lock(profile, source, arguments, output)


def _only_reads(arguments: argparse.Namespace) -> bool:
    if arguments.command in ("lock", "ocr"):
        return str(arguments.action) == "status"
    if arguments.command == "lab":
        return str(arguments.action) != "use"
    if arguments.command == "models" and arguments.action in ("preset", "template"):
        changes = arguments.set or arguments.reset or arguments.import_
        return not changes and arguments.choose is None
    shelves = ("models", "adapters", "embedders", "conversations")
    return arguments.command in _READS or (
        arguments.command in shelves and arguments.action in _LOOKS
    )


def _open(profile: Profile, arguments: argparse.Namespace, read_only: bool) -> Core:
    from carrel.compose import Core
    from carrel.terminal.locking import key_of

    core = Core(
        profile, fakes=arguments.fakes, model=arguments.model, engine=arguments.engine,
        read_only=read_only, key=key_of(profile, arguments.keyring),
    )  # fmt: skip
    if not read_only:
        core.conversations.recover()  # nobody else writes: what is still streaming was left so
    return core


def _dispatch(core: Core, arguments: argparse.Namespace, output: Output, window: Any) -> int:
    from carrel.terminal import (
        adapters,
        asking,
        compare,
        conversations,
        embedders,
        forgetting,
        health,
        keeping,
        lab,
        models,
        recognition,
        shelf,
        surveying,
        task,
    )

    if arguments.command == "privacy":
        return health.privacy(core, arguments, output, window)
    commands: dict[str, Callable[[Core, argparse.Namespace, Output], int]] = {
        "add": shelf.add,
        "search": asking.search,
        "ask": asking.ask,
        "collections": shelf.collections,
        "documents": shelf.documents,
        "text": shelf.text,
        "sync": keeping.sync,
        "retry": keeping.retry,
        "rules": keeping.rules,
        "left-out": keeping.left_out,
        "survey": surveying.survey,
        "summarize": surveying.summarize,
        "task": task.task,
        "lab": lab.lab,
        "forget": forgetting.forget,
        "verify": forgetting.verify,
        "rebuild": forgetting.rebuild,
        "ocr": recognition.ocr,
        "pause": keeping.pause,
        "resume": keeping.pause,
        "models": models.models,
        "adapters": adapters.adapters,
        "embedders": embedders.embedders,
        "compare": compare.compare,
        "conversations": conversations.conversations,
        "doctor": health.doctor,
    }
    return commands[arguments.command](core, arguments, output)


def _shared(defaults: bool) -> _Command:
    """Options that may stand before or after the command."""
    missing: Any = None if defaults else argparse.SUPPRESS
    parser = _Command(add_help=False)
    parser.add_argument("--profile", metavar="DIR", default=missing, help="use this profile folder")
    parser.add_argument("--json", action="store_true", default=False if defaults else missing,
                        help="print one JSON document")  # fmt: skip
    parser.add_argument("--fakes", action="store_true", default=False if defaults else missing,
                        help="a scripted model and embedder")  # fmt: skip
    parser.add_argument("--model", metavar="M", default="" if defaults else missing,
                        help="a model's id or a .gguf file")  # fmt: skip
    engines = ("llama", "simple")
    engine = "llama" if defaults else missing
    parser.add_argument("--engine", choices=engines, default=engine, help="the engine to run")
    return parser


class _Command(argparse.ArgumentParser):
    """A command's words; options may stand anywhere among them (`models add --copy FILE`)."""

    _mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, which takes all words before the first option for all there are."""
        if self._mixing or self._subparsers is not None:  # called by the line below, or has actions
            return super().parse_known_args(args, namespace)
        self._mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="carrel", parents=[_shared(True)],
        description="Ask your own files, offline. Without a command the window opens.",
    )  # fmt: skip
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Command
    )

    def command(name: str, help: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, parents=[_shared(False)])

    add = command("add", "bring a folder or files into the library")
    add.add_argument("paths", nargs="+", metavar="PATH")
    add.add_argument("--name", default="", help="the collection's name")
    search = command("search", "the best passages for a question")
    search.add_argument("-k", type=_count, default=10, help="how many (10)")
    ask = command("ask", "an answer with its sources")
    ask.add_argument("--mode", choices=("auto", "files", "model", "both"), default="",
                     help="where the answer comes from; default: the setting mode")  # fmt: skip
    ask.add_argument("--conversation", type=_row, default=0, metavar="ID")
    ask.add_argument("--think", action="store_true", help="let the model think aloud first")
    ask.add_argument("--generated", choices=("auto", "always", "never"), default="",
                     help="whether a model writes the answer from the files")  # fmt: skip
    ask.add_argument("--no-trace", action="store_true", help="save nothing of this question")
    for one in (search, ask):
        one.add_argument("question", nargs="*", metavar="QUESTION")
        one.add_argument("--collection", default="", metavar="N")
        one.add_argument("--batch", metavar="IN.jsonl")
        one.add_argument("--out", metavar="OUT.jsonl")
    command("collections", "collections with their state")
    documents = command("documents", "every document with its status and reason")
    documents.add_argument("--status", default="")
    documents.add_argument("--collection", default="", metavar="N")
    text = command("text", "the extracted text that offsets point into")
    text.add_argument("path", metavar="PATH")
    _conversation_commands(command, ask)
    _keeping_commands(command)
    _model_commands(command)
    add_adapters(command, ask)
    add_task(command)
    add_lab(command, _shared(False))
    demo = command("demo", "the sample folder and one question, on a throwaway profile")
    demo.add_argument("question", nargs="*", metavar="QUESTION")
    command("privacy", "prove that no process can reach the network")
    command("doctor", "versions, machine, models, storage")
    add_updates(command)
    return parser


def _conversation_commands(command: Callable[..., argparse.ArgumentParser], ask: Any) -> None:
    ask.add_argument("--branch-of", type=_row, default=0, metavar="TURN",
                     help="ask in place of this turn, which stays as another branch")  # fmt: skip
    found = command("conversations", "list, show, search, rename, pin, unpin, move, branch, export"
                    " or delete conversations")  # fmt: skip
    actions = ("list", "show", "search", "rename", "pin", "unpin", "move", "branch", "export",
               "delete")  # fmt: skip
    found.add_argument("action", nargs="?", default="list", choices=actions)
    found.add_argument("targets", nargs="*", default=[], metavar="ID [TITLE or FOLDER] or WORDS")
    found.add_argument("--folder", metavar="F", help="list: those in this folder, '' for none")
    found.add_argument("-k", type=_count, default=20, help="search: how many places (20)")
    found.add_argument("--all-branches", action="store_true", help="show, export: not only the one"
                       " that is read")  # fmt: skip
    found.add_argument("--format", choices=("markdown", "html", "pdf", "json"), default="markdown")
    found.add_argument("--out", default="", metavar="FILE", help="export: write it to this file")
    found.add_argument("--force", action="store_true", help="export: overwrite the file")
    found.add_argument("--yes", action="store_true", help="delete: do not ask")


def _keeping_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    sync = command("sync", "bring collections up to date with their folders")
    sync.add_argument("collections", nargs="*", metavar="COLLECTION", help="default: all")
    retry = command("retry", "read documents again, whatever became of them")
    retry.add_argument("paths", nargs="+", metavar="PATH")
    rules = command("rules", "what of a collection's folders is left out")
    rules.add_argument("collection", metavar="COLLECTION")
    rules.add_argument("--add", action="append", default=[], metavar="PATTERN",
                       help="leave this out, in the manner of .gitignore")  # fmt: skip
    rules.add_argument("--remove", action="append", default=[], metavar="PATTERN")
    rules.add_argument("--gitignore", choices=("yes", "no"), help="obey .gitignore files (yes)")
    rules.add_argument("--hidden", choices=("yes", "no"), help="take hidden files in (no)")
    rules.add_argument("--largest", type=int, metavar="MB", help="0 takes the setting")
    left = command("left-out", "what lies in the folders and is no document, and why")
    left.add_argument("--collection", default="", metavar="N")
    survey = command("survey", "one question to every document, none skipped")
    survey.add_argument("question", nargs="*", metavar="QUESTION")
    survey.add_argument("--collection", default="", metavar="N")
    survey.add_argument("--answers", action="store_true", help="one line by the model as well")
    survey.add_argument("--out", default="", metavar="F.csv", help="write the rows to this file")
    survey.add_argument("--resume", type=int, default=0, metavar="ID", help="go on with this one")
    survey.add_argument("--list", action="store_true", help="the surveys that are saved")
    summarize = command("summarize", "a document's sections in order, each line with its place")
    summarize.add_argument("path", metavar="PATH")
    forget = command("forget", "remove for good, from the index and from conversations too")
    forget.add_argument("paths", nargs="*", metavar="PATH")
    forget.add_argument("--collection", default="", metavar="N")
    forget.add_argument("--conversation", type=_row, default=0, metavar="ID")
    forget.add_argument("--everything", action="store_true")
    forget.add_argument("--keep-quotes", action="store_true", help="conversations stay as they are")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    lock = command("lock", "encrypt the profile with a passphrase, change it, or remove it")
    lock.add_argument("action", nargs="?", default="status",
                      choices=("status", "set", "change", "remove", "remember", "forget-key"),
                      help="remember: keep the key in the system keyring")  # fmt: skip
    ocr = command("ocr", "recognize the text in pictures and scanned pages (needs tesseract)")
    ocr.add_argument("action", nargs="?", default="status", choices=("status", "on", "off", "ask"))
    ocr.add_argument("--languages", metavar="L+L", help="as eng+deu; empty chooses")
    command("verify", "check everything that is stored")
    command("rebuild", "build the index again from the database")
    command("pause", "pause indexing in the window")
    command("resume", "go on indexing")


def _model_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    models = command("models", "list, add, show, use, remove, describe, find or suggest models,"
                     " or their preset and template")  # fmt: skip
    models.add_argument("action", nargs="?", default="list",
                        choices=("list", "add", "show", "remove", "use", "describe", "find",
                                 "suggest", "preset", "template"))  # fmt: skip
    models.add_argument("target", nargs="?", default="", metavar="MODEL or FILE")
    models.add_argument("--copy", action="store_true", help="copy the file into the profile")
    models.add_argument("--set", action="append", metavar="NAME=VALUE", default=[],
                        help="preset: change a value; an empty one takes the default")  # fmt: skip
    models.add_argument("--reset", action="store_true", help="preset: take all defaults again")
    models.add_argument("--export", metavar="FILE", help="preset: write it as one TOML file")
    models.add_argument("--import", metavar="FILE", dest="import_", help="preset: take it from one")
    models.add_argument("--choose", metavar="T", help="template: own, auto or a family from now on")
    models.add_argument("--preview", metavar="T", help="template: show this one")
    embedders = command("embedders", "list, add, show, use or remove what searches by meaning")
    embedders.add_argument("action", nargs="?", default="list",
                           choices=("list", "add", "show", "use", "remove"))  # fmt: skip
    embedders.add_argument("target", nargs="?", default="", metavar="EMBEDDER or FOLDER")


def _row(text: str) -> int:
    """The number of a row of the database: a larger one is none that it could hold."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise argparse.ArgumentTypeError("is not a number of that kind")
    return number


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError("must be between 1 and 100")
    return number
