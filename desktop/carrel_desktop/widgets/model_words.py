"""What the cards and pages say about a model or an adapter: pure words, no widgets."""

from __future__ import annotations

from carrel.desk.shelf_requests import AdapterRow, ModelRow
from carrel_desktop.controllers.models import CHAT
from carrel_desktop.i18n import number, size, tr

Pill = tuple[str, str]
Fact = tuple[str, str]
_MILLION = 10**6


def pill_words(model: ModelRow) -> list[Pill]:
    """Return the words on a model's pills, each with the role of its colour."""
    pills = [(tr("in use"), "good")] if model.in_use else []
    if model.kind != CHAT:
        pills.append((tr(model.kind), "warn"))
    if model.kind == CHAT or model.fits == "no":
        pills.append(fit_pill(model))
    if model.suspect:
        pills.append((tr("died loading"), "bad"))
    return pills


def fit_pill(model: ModelRow) -> Pill:
    """Return whether a model fits this machine, in a word or two."""
    return {
        "yes": (tr("fits"), "good"),
        "less context": (tr("fits, less context"), "warn"),
        "slow": (tr("slow"), "warn"),
        "no": (tr("does not fit"), "bad"),
        "unknown": (tr("fit unknown"), "warn"),
    }[model.fits]


def facts(model: ModelRow) -> str:
    """Return what a model is: "llama · Q4_1 · 98 MB · trained for 8,192 tokens"."""
    parts = [model.architecture, model.quantization, size(model.size)]
    if model.trained_context:
        parts.append(tr("trained for {n} tokens", n=number(model.trained_context)))
    if model.kind == CHAT:
        parts.append(template_words(model.template))
    return " · ".join(part for part in parts if part)


def template_words(template: str) -> str:
    """Say whether Carrel knows how to talk to a model."""
    if template in ("", "none"):
        return tr("no template of its own")
    if template == "unknown":
        return tr("template unknown, look before you use it")
    return tr("template known ({name})", name=template)


def unread_template(model: ModelRow) -> bool:
    """Whether the user should look at the template before using the model."""
    return model.kind == CHAT and model.template in ("", "none", "unknown")


def fit_words(model: ModelRow) -> str:
    """Return the numbers behind the fit: memory, the largest context, layers on a GPU."""
    parts = [model.fit_reason.rstrip(".")] if model.fit_reason else []
    if model.context_that_fits:
        fits = number(model.context_that_fits)
        parts.append(tr("up to {n} tokens of context fit", n=fits))
    if model.layers and model.all_layers:
        parts.append(
            tr("{n} of {all} layers on the GPU", n=model.layers, all=model.all_layers)
            if model.layers < model.all_layers
            else tr("all {all} layers on the GPU", all=model.all_layers)
        )
    return " · ".join(parts)


def origin(model: ModelRow) -> str:
    """Return where a model comes from, in a corner's worth of words."""
    parts = [tr("starter")] if model.starter else []
    if model.copied:
        parts.append(tr("copied"))
    return " · ".join([*parts, model.licence or tr("licence not named")])


def model_facts(model: ModelRow, *, on_shelf: bool = True) -> list[Fact]:
    """Return everything that is known of a model, as (title, value)."""
    unknown = tr("not named in the file")
    rows = [
        (tr("Kind"), tr(model.kind)),
        (tr("Architecture"), model.architecture),
        (tr("Quantization"), model.quantization or unknown),
        (tr("Size"), size(model.size)),
        (tr("Parameters"), parameters(model.parameters)),
        (tr("Trained context"), tokens(model.trained_context)),
        (tr("Fit"), " · ".join(one for one in (fit_pill(model)[0], fit_words(model)) if one)),
        (tr("Template"), template_words(model.template) if model.kind == CHAT else ""),
        (tr("Licence"), model.licence or unknown),
        (tr("Based on"), model.base_model or unknown),
        (tr("Comes from"), model.provenance or unknown),
        (tr("File"), model.path),
        (tr("SHA-256"), hash_words(model.sha256, on_shelf)),
    ]
    return [row for row in rows if row[1]]


def adapter_facts(adapter: AdapterRow, *, on_shelf: bool = True) -> list[Fact]:
    """Return everything that is known of an adapter, as (title, value)."""
    unknown = tr("not named in the file")
    rows = [
        (tr("Kind"), tr("LoRA adapter")),
        (tr("Architecture"), adapter.architecture),
        (tr("Rank"), number(adapter.rank) if adapter.rank is not None else unknown),
        (tr("Opening"), adapter.opening),
        (tr("Size"), size(adapter.size)),
        (tr("Base"), adapter.base_model or unknown),
        (tr("Fit"), fits_words(adapter)),
        (tr("Licence"), adapter.licence or unknown),
        (tr("File"), adapter.path),
        (tr("SHA-256"), hash_words(adapter.sha256, on_shelf)),
    ]
    return [row for row in rows if row[1]]


def hash_words(sha256: str, on_shelf: bool) -> str:
    """Return a SHA-256, or when it will be known."""
    return sha256 or (tr("being computed") if on_shelf else tr("computed when it is added"))


def fits_words(adapter: AdapterRow) -> str:
    """Say whether an adapter fits the model in use, and why not."""
    return adapter.reason or (tr("fits the model in use") if adapter.fits else tr("does not fit"))


def adapter_line(adapter: AdapterRow) -> str:
    """Return what an adapter is: "rank 16 · 9.8 MB · Apache-2.0"."""
    parts = [tr("rank {n}", n=adapter.rank)] if adapter.rank is not None else []
    parts.append(size(adapter.size))
    if adapter.licence:
        parts.append(adapter.licence)
    return " · ".join(parts)


def parameters(count: int | None) -> str:
    """Return a count of parameters in millions, "" when it is unknown."""
    return tr("{n} million", n=number(round(count / _MILLION))) if count else ""


def tokens(count: int | None) -> str:
    """Return a context length, "" when it is unknown."""
    return tr("{n} tokens", n=number(count)) if count else ""
