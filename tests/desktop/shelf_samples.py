"""A shelf for the window's tests: models, adapters, files to add, and what else is asked for."""

from __future__ import annotations

from carrel.desk import shelf_requests as s
from tests.desktop.fake_shelf import FakeShelf

MODEL = "SmolLM2-135M-Instruct"
NEW = "/models/gemma-3-4b-it-Q4_K_M.gguf"
NEW_ADAPTER = "/models/tone.gguf"
BROKEN = "/models/page.gguf"


def model(id: str, **changes: object) -> s.ModelRow:
    fields: dict[str, object] = dict(
        id=id, name=id, path=f"/models/{id}.gguf", kind="chat model", architecture="llama",
        quantization="Q4_1", size=98_362_432, parameters=134_515_008, trained_context=8192,
        licence="Apache-2.0", template="chatml", sha256="ab" * 32, in_use=False,
        suspect=False, fits="yes", fit_reason="",
    )  # fmt: skip
    return s.ModelRow(**{**fields, **changes})  # type: ignore[arg-type]


def adapter(id: str, **changes: object) -> s.AdapterRow:
    fields: dict[str, object] = dict(
        id=id, name=id, path=f"/adapters/{id}.gguf", architecture="llama", base_model=MODEL,
        rank=16, size=9_800_000, licence="Apache-2.0", sha256="91" * 32, fits=True, reason="",
        bases=[MODEL],
    )  # fmt: skip
    return s.AdapterRow(**{**fields, **changes})  # type: ignore[arg-type]


MODELS = [
    model(MODEL, in_use=True, starter=True, base_model="SmolLM2-135M",
          provenance="HuggingFaceTB",
          fit_reason="Needs 0.3 GB of 21.8 GB free at 4,096 tokens.", context_that_fits=8192),
    model("Qwen3-4B-Instruct", architecture="qwen3", quantization="Q4_K_M", size=2_500_000_000,
          fit_reason="Needs 3.4 GB of 21.8 GB free at 8,192 tokens.", layers=20, all_layers=36),
    model("mistral-small-24b", quantization="Q4_K_M", size=14_300_000_000, fits="less context",
          template="unknown", fit_reason="Fits with 2,048 tokens of context.", suspect=True),
    model("nomic-embed", kind="embedder", architecture="nomic-bert", quantization="F16",
          size=274_000_000, template="none", trained_context=2048, fits="unknown"),
]  # fmt: skip
ADAPTERS = [
    adapter("reader 1.0", scale=1.0),
    adapter("support-intents", rank=8, size=4_900_000),
    adapter("legal-tone-8b", base_model="Llama-3.1-8B", bases=[], fits=False, licence="",
            reason="Its tensors are 4,096 wide, the model's are 576: it was made for another "
            "base."),
    adapter("qwen-minutes", base_model="Qwen3-4B", bases=["Qwen3-4B-Instruct"], fits=False,
            architecture="qwen3", reason="It was made for qwen3, the model in use is llama."),
]  # fmt: skip
FILES = [
    s.FileIs(path=NEW, model=model("gemma-3-4b-it", path=NEW, architecture="gemma3",
                                   quantization="Q4_K_M", size=2_490_000_000,
                                   licence="Gemma", template="unknown", sha256="",
                                   parameters=3_880_000_000,
                                   fit_reason="Needs 3.3 GB of 21.8 GB free at 8,192 tokens.")),
    s.FileIs(path=NEW_ADAPTER, adapter=adapter("tone", path=NEW_ADAPTER)),
    s.FileIs(path=BROKEN, problem="page.gguf is a web page, not a model.",
             what_to_do="Download the file itself, not the page about it."),
    s.FileIs(path="/models/old.gguf", already=True, model=model("old")),
]  # fmt: skip
FOUND = [
    s.FoundModel(path="/home/ana/.ollama/models/blobs/sha256-74701a8c35f6", program="Ollama",
                 name="llama3.2:1b", kind="chat model", quantization="Q8_0", size=1_321_082_688),
    s.FoundModel(path="/home/ana/.lmstudio/models/qwen3-0.6b.gguf", program="LM Studio",
                 name="qwen3-0.6b", kind="chat model", quantization="Q8_0", size=639_446_688),
]  # fmt: skip
SUGGESTIONS = [
    s.Suggestion(name="Qwen3 4B Instruct", memory=8, file="Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
                 source="huggingface.co/Qwen", size=2_497_281_120, sha256="c0" * 32,
                 licence="Apache-2.0", why="The smallest that reads several passages well."),
    s.Suggestion(name="Qwen3 0.6B", memory=4, file="Qwen3-0.6B-Q8_0.gguf",
                 source="huggingface.co/Qwen", size=639_446_688, sha256="94" * 32,
                 licence="Apache-2.0", why="Quick on any machine; weak at several passages."),
]  # fmt: skip


def furnish_shelf(shelf: FakeShelf) -> None:
    """Fill a shelf with all of this."""
    shelf.models = list(MODELS)
    shelf.adapters = list(ADAPTERS)
    shelf.files = {one.path: one for one in FILES}
    shelf.found = list(FOUND)
    shelf.suggestions = list(SUGGESTIONS)
