"""What `carrel ask` writes for people: quotes, the words as they come, and where they are from."""

from __future__ import annotations

from rich.markup import escape

from carrel.events import (
    Answer,
    AskEvent,
    ContextUsed,
    Evidence,
    ModelLoading,
    PassagesFound,
    Quoted,
    Started,
    Thinking,
    Token,
)
from carrel.terminal.output import Output, one_line, where

_WORTH_SAYING = 1.5  # seconds of waiting: a shorter wait is over before it is read


class Telling:
    """Writes the events of one question; nothing while the output is JSON. `said` is the text that
    was written of the answer, `found` what the evidence said ("" where nothing was searched)."""

    def __init__(self, output: Output, *, think: bool = False) -> None:
        self._output = output
        self._think = think
        self._thinking = False
        self.said = ""
        self.found = ""
        self.searched = 0

    def hear(self, event: AskEvent) -> None:
        """Write what there is to say about one event."""
        if self._output.json:
            return
        match event:
            case Started(survey=True):
                self._output.note('To ask every document: carrel survey "QUESTION"')
            case PassagesFound():
                self.searched = event.documents_searched
            case Evidence():
                self.found = event.found
            case Quoted() if self.found != "no":
                self._quotes(event)
            case ModelLoading(fraction=0):
                self._output.note(f"Loading {event.model_id} …")
            case ContextUsed() if (event.seconds or 0) >= _WORTH_SAYING:
                read = event.passages + event.question
                words = f"The model reads {read:,} tokens, about {event.seconds:.0f} s …"
                self._output.note(words)
            case Thinking() if self._think:
                self._thinking = True
                self._output.dimmed(event.text)
            case Token():
                self._piece(event.text)

    def _piece(self, text: str) -> None:
        if self._thinking:
            self._output.dimmed("\n\n")
        self._thinking = False
        self.said += text
        self._output.piece(text)

    def _quotes(self, event: Quoted) -> None:
        for quote in event.verbatim:
            self._output.styled(f"[yellow]“{escape(one_line(quote.text))}”[/yellow]")
            self._output.styled(f"   [cyan]{escape(where(quote.document, quote.page))}[/cyan]")
        if event.verbatim:
            self._output.line()

    def sources(self, answer: Answer) -> None:
        """After the stream: where each sentence comes from, and what no passage supports."""
        self._output.line("\n" if self.said else "")
        if answer.verdict == "not_found":
            self._closest(answer)
            return
        if answer.offered:
            if self.found == "doubtful":
                self._output.line("These sentences may not answer the question.")
            self._output.note(
                "Word for word from your files; --generated always has the model write."
            )
            return
        if self.said.strip() != answer.answer:
            self._output.line(f"In the words of your files: {answer.answer}\n")
        for citation in {c.n: c for c in answer.citations}.values():
            place = where(citation.document, citation.page)
            self._output.styled(f"[bold]\\[{citation.n}][/bold] [cyan]{escape(place)}[/cyan]")
            self._output.line(f"    “{one_line(citation.quote)}”")
        for start, end in answer.unsupported:
            self._output.line(f"Not found in your files: “{answer.answer[start:end].strip()}”")
        self._output.note(_footnote(answer))

    def _closest(self, answer: Answer) -> None:
        """What was searched, and what came nearest to an answer."""
        documents = "1 document" if self.searched == 1 else f"{self.searched:,} documents"
        closest = " The closest passages:" if answer.passages else ""
        self._output.line(f"Not in your files. Searched: {documents}.{closest}")
        for hit in answer.passages[:3]:
            self._output.line(f"   {where(hit.document, hit.page, hit.headings)}")
            self._output.line(f"      {one_line(hit.text)}")


_ORIGINS = {"files": "From your files", "model": "From the model", "both": "From files and model"}


def _footnote(answer: Answer) -> str:
    parts = [_ORIGINS.get(answer.origin, "Not in your files")]
    if answer.model is not None:
        parts.append(answer.model.id)
    if answer.timings.first_token_ms is not None:
        parts.append(f"first word after {answer.timings.first_token_ms / 1000:.1f} s")
    if answer.timings.tokens_per_s is not None:
        parts.append(f"{answer.timings.tokens_per_s:.0f} tokens a second")
    return " · ".join(parts)
