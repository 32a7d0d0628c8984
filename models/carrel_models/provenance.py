"""Where a model comes from, in the words of its own header (general.*): claims, not proofs."""

from __future__ import annotations

from typing import NamedTuple

from carrel_models.gguf import Header

_LONGEST = 200
_TAGS = 20


class Provenance(NamedTuple):
    """Who made a model, out of what, and where it was published; "" where the file is silent."""

    base_model: str
    author: str
    organization: str
    quantized_by: str
    source: str
    licence: str
    tags: list[str]


def provenance_of(header: Header) -> Provenance:
    """What the header says; every text on one line and at most 200 characters long."""

    def first(*keys: str) -> str:
        return next((text for key in keys if (text := one_line(header.text(key)))), "")

    licence = first("general.license")
    if licence in ("", "other"):
        licence = first("general.license.name", "general.license")
    tags = [one_line(tag) for tag in header.texts("general.tags")]
    return Provenance(
        base_model=base_model_of(header),
        author=first("general.author"),
        organization=first("general.organization"),
        quantized_by=first("general.quantized_by"),
        source=first(
            "general.repo_url", "general.url", "general.source.repo_url", "general.source.url",
            "general.source.huggingface.repository",
        ),
        licence=licence,
        tags=[tag for tag in tags if tag][:_TAGS],
    )  # fmt: skip


def base_model_of(header: Header) -> str:
    """The model that this one was made from, "owner/name" where the header links to it."""
    link = one_line(header.text("general.base_model.0.repo_url")).rstrip("/")
    owner_and_name = link.split("://", 1)[-1].split("/")[1:]
    if len(owner_and_name) == 2 and all(owner_and_name):
        return "/".join(owner_and_name)
    name = one_line(header.text("general.base_model.0.name"))
    organization = one_line(header.text("general.base_model.0.organization"))
    return f"{name} ({organization})" if name and organization else name


def in_words(author: str, organization: str, quantized_by: str, source: str) -> str:
    """One line for people: "by A (B), quantized by C, from URL"; "" when nothing is known."""
    maker = f"{author} ({organization})" if author and organization else author or organization
    parts = [f"by {maker}" if maker else "", f"quantized by {quantized_by}" if quantized_by else ""]
    return ", ".join(part for part in [*parts, f"from {source}" if source else ""] if part)


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Text of a file on one line without control or direction marks, cut when it is too long."""
    clean = "".join(c if c.isprintable() else " " for c in text[: 4 * longest])
    words = " ".join(clean.split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
