"""The scripted desk's embedders."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from carrel.desk import shelf_requests as s
from carrel.errors import UserError
from carrel.events import Message
from carrel.process.rpc import Call, Handler

STARTER = "all-MiniLM-L6-v2"
OTHER = "multilingual-e5-small"
BAD = "/models/no-embedder"


def embedder(id: str, **changes: object) -> s.EmbedderRow:
    fields: dict[str, object] = dict(
        id=id, dimensions=384, languages=["en"], starter=False, in_use=False, preparing=False,
        max_tokens=256, runner="onnx", precision="int8", pooling="mean", sha256="ab" * 32,
        source=f"/models/{id}", mean_cosine=0.987, top10_agreement=0.94,
    )  # fmt: skip
    return s.EmbedderRow(**{**fields, **changes})  # type: ignore[arg-type]


class FakeEmbedders:
    """`rows` are the shelf; a folder is added under its last name, BAD is refused."""

    def __init__(self, asked: list[Message]) -> None:
        self.asked = asked
        self.rows = [embedder(STARTER, starter=True, in_use=True, source="")]

    def handlers(self) -> dict[type[Message], Handler]:
        return {
            s.ListEmbedders: self._list, s.AddEmbedder: self._add, s.UseEmbedder: self._use,
            s.RemoveEmbedder: self._remove,
        }  # fmt: skip

    def serve(self) -> None:
        """All vectors are there: what was prepared serves."""
        self.rows = [
            msgspec.structs.replace(
                one, in_use=one.preparing, preparing=False
            ) for one in self.rows
        ]  # fmt: skip

    def _list(self, request: s.ListEmbedders, call: Call) -> Iterator[Message]:
        yield s.EmbedderList(embedders=self.rows)

    def _add(self, request: s.AddEmbedder, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        if request.path == BAD:
            raise UserError(f"{BAD} holds no model.", "Choose another folder.", "no_model")
        name = request.path.rpartition("/")[2]
        if all(one.id != name for one in self.rows):
            languages = ["multilingual", "de", "fr", "ja"]
            self.rows = [*self.rows, embedder(name, languages=languages)]
        yield s.EmbedderList(embedders=self.rows, added=name)

    def _use(self, request: s.UseEmbedder, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        self.rows = [
            msgspec.structs.replace(one, preparing=one.id == request.embedder_id and not one.in_use)
            for one in self.rows
        ]
        yield s.EmbedderList(embedders=self.rows)

    def _remove(self, request: s.RemoveEmbedder, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        self.rows = [one for one in self.rows if one.id != request.embedder_id]
        yield s.EmbedderList(embedders=self.rows)
