"""The embedders of the profile as rows for people: which one serves, and which one is getting
ready; and what the window may do with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.desk import shelf_requests as s
from carrel.desk.shelf_requests import EmbedderRow
from carrel.desk.telling import Tell
from carrel.events import Changed, Message
from carrel.process.rpc import Call, Handler, Reply

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.library.embedder_card import Card


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""

    def listed(request: s.ListEmbedders, call: Call) -> Iterator[Reply]:
        yield s.EmbedderList(embedders=rows(core))

    def added(request: s.AddEmbedder, call: Call) -> Iterator[Reply]:
        card = core.embedders.add(request.path)
        yield s.EmbedderList(embedders=rows(core), added=card.id)

    def used(request: s.UseEmbedder, call: Call) -> Iterator[Reply]:
        use(core, request.embedder_id)
        tell(Changed(kinds=["settings", "collections"]))
        yield s.EmbedderList(embedders=rows(core))

    def removed(request: s.RemoveEmbedder, call: Call) -> Iterator[Reply]:
        remove(core, request.embedder_id)
        yield s.EmbedderList(embedders=rows(core))

    return {
        s.ListEmbedders: listed, s.AddEmbedder: added, s.UseEmbedder: used,
        s.RemoveEmbedder: removed,
    }  # fmt: skip


def rows(core: Core) -> list[EmbedderRow]:
    """Every embedder, the one that comes with Carrel first."""
    shelf = core.embedders
    cards = {card.id: card for card in shelf.cards()}
    ids = dict.fromkeys([shelf.starter, *cards])
    return [_row(core, one, cards.get(one)) for one in ids]


def use(core: Core, embedder_id: str) -> None:
    """Choose the embedder that is to serve; it does when its vectors are made. Raises UserError
    when it is not there."""
    source = core.embedders.require(embedder_id)
    core.settings.set("embedder", "" if source.id == core.embedders.starter else source.id)
    core.library.choose_embedder(source)


def remove(core: Core, embedder_id: str) -> None:
    """Take an embedder off the shelf. Raises UserError when it is in use, or is the starter."""
    serving = core.library.serving
    core.embedders.remove(embedder_id, (serving.source.id, serving.chosen.id))


def _row(core: Core, embedder_id: str, card: Card | None) -> EmbedderRow:
    serving, shelf = core.library.serving, core.embedders
    source = shelf.require(embedder_id)
    row = EmbedderRow(
        id=embedder_id, dimensions=source.dimensions, languages=shelf.languages(embedder_id),
        starter=embedder_id == shelf.starter, in_use=embedder_id == serving.source.id,
        preparing=serving.pending and embedder_id == serving.chosen.id,
    )  # fmt: skip
    if card is None:
        return row
    parity = card.parity
    return EmbedderRow(
        id=row.id, dimensions=card.dimensions, languages=row.languages, starter=row.starter,
        in_use=row.in_use, preparing=row.preparing, max_tokens=card.max_tokens,
        runner=card.runner, precision=card.precision, pooling=card.pooling,
        normalize=card.normalize, prompts=card.prompts, sha256=card.sha256, source=card.source,
        mean_cosine=parity.mean_cosine if parity else None,
        top10_agreement=parity.top10_agreement if parity else None,
    )  # fmt: skip
