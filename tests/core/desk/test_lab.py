"""The runs of the lab as the window asks for them."""

from __future__ import annotations

import shutil
import threading

import msgspec
import pytest

from carrel.desk import lab_requests as q
from carrel.desk.service import Desk
from carrel.errors import UserError
from carrel.events import Changed
from carrel.lab import recent
from carrel.lab.arms import ways_of
from carrel.lab.report import write_reports
from carrel.process.rpc import Call
from tests.core.fake_core import FakeCore, write_samples
from tests.core.lab.test_run import QUESTIONS, go


@pytest.fixture
def desk(profile, tmp_path):
    core, told = FakeCore(profile), []
    core.library.add([str(write_samples(tmp_path / "docs"))])
    handlers = Desk(core, core.reader, told.append).handlers()

    def ask(request):
        return list(handlers[type(request)](request, Call(threading.Event(), ())))

    ask.core, ask.told = core, told
    yield ask
    core.close()


def test_a_run_is_opened_listed_and_taken_off(desk, tmp_path):
    run = go(desk.core, tmp_path / "run")
    assert desk(q.ListRuns()) == [q.RunList(runs=[])]
    (shown,) = desk(q.ShowRun(folder=run.folder))
    assert shown.words.startswith("5 questions, 1 of them without an answer in the files, 2 ways.")
    assert shown.ways == ["base", "base + files"]
    assert [table.head for table in shown.tables] == [["", *shown.ways]] * 2
    assert all(len(row) == 3 for table in shown.tables for row in table.rows)
    assert shown.report == ""
    write_reports(run)
    assert desk(q.ShowRun(folder=run.folder))[0].report == str(tmp_path / "run" / "report.html")
    row = q.RunRow(folder=run.folder, questions=len(QUESTIONS), ways=2, complete=True)
    assert desk(q.ListRuns()) == [q.RunList(runs=[row])]
    shutil.rmtree(run.folder)
    (listed,) = desk(q.ListRuns())
    assert listed.runs[0].problem == f"{run.folder} holds no run of the lab."
    assert desk(q.LeaveOutRun(folder=run.folder)) == [q.RunList(runs=[])]


def test_a_folder_without_a_run_is_refused_and_not_listed(desk, tmp_path):
    with pytest.raises(UserError, match="holds no run of the lab"):
        desk(q.ShowRun(folder=str(tmp_path)))
    assert desk(q.ListRuns()) == [q.RunList(runs=[])]


def test_the_list_survives_being_half_written(desk, tmp_path):
    data = desk.core.profile.data
    for name in "ab":
        recent.remember(data, tmp_path / name)
    assert recent.known(data) == [str(tmp_path / "b"), str(tmp_path / "a")]
    (data / recent.NAME).write_text('["/half')
    assert recent.known(data) == []
    recent.remember(data, tmp_path / "a")
    assert recent.known(data) == [str(tmp_path / "a")]


def test_a_way_of_a_run_is_put_into_use(desk, tmp_path):
    run = go(desk.core, tmp_path / "run")
    desk.core.settings.set("mode", "model")
    (used,) = desk(q.UseRun(folder=run.folder, way="base + files"))
    assert used.settings == {"mode": "files", "generated_text": "always"}
    assert desk.core.settings.text("mode") == "files"
    assert any(isinstance(one, Changed) and "models" in one.kinds for one in desk.told)


def test_a_way_whose_model_is_gone_says_how_to_add_it(desk, tmp_path):
    first = ways_of(desk.core, [], [], threading.Event())[0]
    gone = msgspec.structs.replace(first, model="gone", model_choice="/models/gone.gguf")
    run = go(desk.core, tmp_path / "run", ways=[first])
    made = msgspec.structs.replace(run.made, ways=[gone])
    (tmp_path / "run" / "run.json").write_bytes(msgspec.json.encode(made))
    with pytest.raises(UserError, match="gone is not among your models") as problem:
        desk(q.UseRun(folder=run.folder, way="base"))
    assert problem.value.what_to_do == "Add it: carrel models add /models/gone.gguf."


def test_an_unknown_way_is_named(desk, tmp_path):
    run = go(desk.core, tmp_path / "run")
    with pytest.raises(UserError, match="no way 'both'"):
        desk(q.UseRun(folder=run.folder, way="both"))
