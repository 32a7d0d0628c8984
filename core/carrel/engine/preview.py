"""What a model would be sent: a short chat rendered as its template has it, with nothing loaded."""

from __future__ import annotations

from carrel.engine.checking import broken, check_file
from carrel.engine.choosing import Candidate, choose
from carrel.engine.messages import ChatMessage, PreviewTemplate, TemplatePreview
from carrel.engine.templates import Manner, Template, render
from carrel.engine.thinking import mentions_thoughts
from carrel.errors import UserError
from carrel_models.gguf import BadGguf, read_header
from carrel_models.templates.vocabulary import special_tokens

LONGEST = 20_000  # characters of a preview; a template that writes more is cut
CHAT = (
    ChatMessage(role="system", text="You answer briefly."),
    ChatMessage(role="user", text="Who pays for the boiler?"),
    ChatMessage(role="assistant", text="The landlord does."),
    ChatMessage(role="user", text="And for painting?"),
)


def preview(request: PreviewTemplate) -> TemplatePreview:
    """Render the sample chat for the model at `request.path`.

    A template that cannot be used makes a `problem`. Raises UserError when the file is no chat
    model, or the template's name is not known.
    """
    model = candidate(request.path)
    template = choose(model, request.template)
    manner = Manner(model.tokens.bos, model.tokens.eos, role_names=request.role_names)
    return _rendered(template, manner)


def candidate(path: str) -> Candidate:
    """The model at `path` as far as templates are concerned. Raises UserError."""
    card = check_file(path)
    try:
        header = read_header(card.path)
        tokens = special_tokens(card.path, header)
    except (BadGguf, OSError) as error:
        raise broken(card.name, str(error)) from error
    return Candidate(header.text("tokenizer.chat_template"), card.architecture, tokens)


def _rendered(template: Template, manner: Manner) -> TemplatePreview:
    thinks = mentions_thoughts(template.text)
    try:
        segments, merged = render(template.text, CHAT, manner)
    except UserError as error:
        return TemplatePreview(name=template.name, text="", problem=error.what, thinks=thinks)
    text = "".join(s.text if s.message is None else CHAT[s.message].text for s in segments)
    return TemplatePreview(
        name=template.name, text=text[:LONGEST], merges_system=merged, thinks=thinks
    )
