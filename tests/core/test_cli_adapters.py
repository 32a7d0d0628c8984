"""`carrel adapters` and `carrel compare` as scripts see them, on fakes."""

import json

import pytest

from carrel_models.opening import Opening, with_opening
from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny

from .test_cli import document, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A profile whose model in use is a tiny one, and an adapter that fits it beside one that
    does not."""
    folder = tmp_path_factory.mktemp("adapters")
    write_tiny(folder / "base.gguf")
    write_adapter(folder / "tone.gguf")
    write_adapter(folder / "other.gguf", general_architecture="qwen2")
    added = document(run(folder, "models", "add", str(folder / "base.gguf"), "--json"))
    base = next(row for row in added["models"] if row["path"].endswith("base.gguf"))
    document(run(folder, "models", "use", base["id"], "--json"))
    return folder


def rows(done):
    return {row["name"] + row["architecture"]: row for row in document(done)["adapters"]}


def test_from_adding_to_taking_off(folder):
    paths = [str(folder / "tone.gguf"), str(folder / "other.gguf")]
    found = rows(run(folder, "adapters", "add", *paths, "--json"))
    tone, other = found["Tonellama"], found["Toneqwen2"]
    assert (tone["fits"], tone["scale"], tone["rank"]) == (True, None, 4)
    assert "architecture qwen2, this one is llama" in other["reason"]

    refused = run(folder, "adapters", "use", other["id"], "--json")
    assert refused.returncode == 1
    assert "cannot be used with" in json.loads(refused.stdout)["error"]["what"]

    found = rows(run(folder, "adapters", "use", f"{tone['id']}=0.5", "--json"))
    assert found["Tonellama"]["scale"] == 0.5
    ask = ("ask", "Who pays?", "--mode", "model", "--no-trace", "--json")
    used = document(run(folder, *ask))["model"]["adapters"]
    assert used == [{"id": tone["id"], "sha256": tone["sha256"], "scale": 0.5}]
    used = document(run(folder, *ask, "--adapter", f"{folder / 'tone.gguf'}=2"))["model"]
    assert used["adapters"][0]["scale"] == 2
    assert document(run(folder, *ask, "--adapter", "none"))["model"]["adapters"] == []

    sides = ("--a", "mode=model,adapter=none", "--b", f"mode=model,adapter={tone['id']}=0.3")
    both = document(run(folder, "compare", "Who pays?", *sides, "--json"))
    assert set(both) == {"a", "b", "seconds"}
    assert both["a"]["model"]["adapters"] == []
    assert both["b"]["model"]["adapters"][0]["scale"] == 0.3

    assert rows(run(folder, "adapters", "off", "--json"))["Tonellama"]["scale"] is None
    left = rows(run(folder, "adapters", "remove", tone["id"], "--json"))
    assert set(left) == {"Toneqwen2"}
    assert (folder / "tone.gguf").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("adapters", "use"), "needs one"),
        (("adapters", "add", "none.gguf"), "There is no file"),
        (("adapters", "show", "none-such"), "No adapter is called none-such"),
        (("adapters", "use", "tone=loud"), "is not a number"),
        (("adapters", "import", "no-folder"), "There is no folder"),
        (("compare", "Who?", "--a", "colour=red"), "not a setting that can be compared"),
    ],
)
def test_what_is_wrong_is_one_sentence(folder, words, said):
    done = run(folder, *words)
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())


def test_what_an_adapter_adds_to_openings_is_told(folder, tmp_path):
    with_opening(folder / "tone.gguf", tmp_path / "line.gguf", Opening("Not here.", -0.75))
    found = rows(run(folder, "adapters", "add", str(tmp_path / "line.gguf"), "--json"))
    (mine,) = [row for row in found.values() if row["path"].endswith("line.gguf")]
    assert mine["opening"] == "-0.75 nats on “Not here.”"
    assert mine["opening"] in run(folder, "models", "describe", mine["path"]).stdout
    document(run(folder, "adapters", "remove", mine["id"], "--json"))


def test_an_adapter_answers_its_own_questions_in_auto(folder, tmp_path):
    added = rows(run(folder, "adapters", "add", str(folder / "tone.gguf"), "--json"))
    tone = added["Tonellama"]["id"]
    examples = ["my card is lost", "my card is stolen", "my card is blocked"]
    said = [word for one in examples for word in ("--example", one)]
    shown = rows(run(folder, "adapters", "answers", tone, *said, "--json"))
    assert shown["Tonellama"]["answers"] == examples

    ask = ("--no-trace", "--json")
    own = document(run(folder, "ask", "my card is broken", *ask))
    assert [one["id"] for one in own["model"]["adapters"]] == [tone]
    assert own["origin"] == "model"
    other = document(run(folder, "ask", "when does winter begin", *ask))
    assert other["model"]["adapters"] == []
    none = document(run(folder, "ask", "my card is broken", *ask, "--adapter", "none"))
    assert none["model"]["adapters"] == []

    refused = run(folder, "adapters", "answers", tone, "--example", "just one", "--json")
    assert refused.returncode == 1
    assert "3 to 200" in json.loads(refused.stdout)["error"]["what"]
    taken_back = rows(run(folder, "adapters", "answers", tone, "--json"))
    assert taken_back["Tonellama"]["answers"] == []
    document(run(folder, "adapters", "remove", tone, "--json"))
