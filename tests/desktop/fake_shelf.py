"""The scripted desk's shelf: models, adapters, templates, presets, in plain dictionaries."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from carrel.desk import shelf_requests as s
from carrel.engine.messages import Sampling, TemplatePreview
from carrel.errors import Cancelled, UserError
from carrel.events import Message
from carrel.process.rpc import Call, Handler

SAMPLE = "<|im_start|>user\nWho pays for the boiler?<|im_end|>\n<|im_start|>assistant\n"


class FakeShelf:
    """`files` are what DescribeFile says of a path; `gate`, when set, holds AddModel up."""

    def __init__(self, asked: list[Message]) -> None:
        self.asked = asked
        self.models: list[s.ModelRow] = []
        self.adapters: list[s.AdapterRow] = []
        self.files: dict[str, s.FileIs] = {}
        self.found: list[s.FoundModel] = []
        self.suggestions: list[s.Suggestion] = []
        self.presets: dict[str, s.Preset] = {}
        self.defaults = Sampling(temperature=0.6, top_p=0.9)
        self.vendor = ["temperature", "top_p"]
        self.preview = TemplatePreview(name="chatml", text=SAMPLE)
        self.state = "unknown"
        self.unknown: list[str] = []
        self.gate: threading.Event | None = None

    def handlers(self) -> dict[type[Message], Handler]:
        answers = {
            s.ListModels: self._models, s.DescribeFile: self._describe, s.AddModel: self._add,
            s.UseModel: self._use, s.RemoveModel: self._remove, s.FindModels: self._find,
            s.SuggestModels: self._suggest, s.ListAdapters: self._adapters,
            s.ChooseAdapters: self._choose, s.RemoveAdapter: self._remove_adapter,
            s.PreviewOf: self._preview, s.ReadPreset: self._preset, s.SavePreset: self._save,
            s.ExportPreset: self._export, s.ImportPreset: self._import,
        }  # fmt: skip
        return {kind: self._heard(answer) for kind, answer in answers.items()}

    def _heard(self, answer: Handler) -> Handler:
        def handler(request: Message, call: Call) -> Iterator[object]:
            self.asked.append(request)
            yield from answer(request, call)

        return handler

    def _models(self, request: Message, call: Call) -> Iterator[Message]:
        yield s.ModelList(models=self.models)

    def _describe(self, request: s.DescribeFile, call: Call) -> Iterator[Message]:
        if request.path not in self.files:
            raise UserError(f"There is no file {request.path}.", "Check the path.", "missing")
        yield self.files[request.path]

    def _add(self, request: s.AddModel, call: Call) -> Iterator[Message]:
        yield s.ShelfProgress(path=request.path, step="copying", fraction=0.4)
        deadline = time.monotonic() + 30
        while self.gate is not None and not self.gate.wait(0.005) and time.monotonic() < deadline:
            if call.cancel.is_set():
                raise Cancelled("stopped")
        told = self.files.get(request.path)
        if told is not None and told.model is not None:
            self.models = [*self.models, told.model]
        if told is not None and told.adapter is not None:
            self.adapters = [*self.adapters, told.adapter]
        yield s.ModelList(models=self.models)

    def _use(self, request: s.UseModel, call: Call) -> Iterator[Message]:
        self.models = [
            msgspec.structs.replace(one, in_use=one.id == request.model_id) for one in self.models
        ]
        yield s.ModelList(models=self.models)

    def _remove(self, request: s.RemoveModel, call: Call) -> Iterator[Message]:
        self.models = [one for one in self.models if one.id != request.model_id]
        yield s.ModelList(models=self.models)

    def _find(self, request: Message, call: Call) -> Iterator[Message]:
        yield s.FoundList(found=self.found, searched=["~/.ollama/models", "~/Downloads"])

    def _suggest(self, request: Message, call: Call) -> Iterator[Message]:
        yield s.SuggestionList(suggestions=self.suggestions)

    def _adapters(self, request: Message, call: Call) -> Iterator[Message]:
        used = next((one.id for one in self.models if one.in_use), "")
        yield s.AdapterList(model_id=used, adapters=self.adapters)

    def _choose(self, request: s.ChooseAdapters, call: Call) -> Iterator[Message]:
        scales = {one.id: one.scale for one in request.adapters}
        self.adapters = [
            msgspec.structs.replace(one, scale=scales.get(one.id)) for one in self.adapters
        ]
        yield from self._adapters(request, call)

    def _remove_adapter(self, request: s.RemoveAdapter, call: Call) -> Iterator[Message]:
        self.adapters = [one for one in self.adapters if one.id != request.adapter_id]
        yield from self._adapters(request, call)

    def _preview(self, request: s.PreviewOf, call: Call) -> Iterator[Message]:
        chosen = self.presets.get(request.model_id, s.Preset()).template
        template = chosen if request.template is None else request.template
        yield s.TemplateChoices(
            model_id=request.model_id,
            chosen=chosen,
            choices=[
                s.TemplateChoice(id="", title="Let Carrel choose"),
                s.TemplateChoice(id="own", title="The model's own"),
                s.TemplateChoice(id="llama3", title="Llama 3"),
            ],
            state=self.state,  # type: ignore[arg-type]
            preview=msgspec.structs.replace(self.preview, name=template or "chatml"),
        )

    def _preset(self, request: Message, call: Call) -> Iterator[Message]:
        model_id = request.model_id  # type: ignore[attr-defined]
        preset = self.presets.get(model_id, s.Preset())
        yield s.PresetIs(
            model_id=model_id,
            preset=preset,
            defaults=self.defaults,
            vendor=self.vendor,
            reply_tokens=320,
            unknown=self.unknown,
        )

    def _save(self, request: s.SavePreset, call: Call) -> Iterator[Message]:
        self.presets[request.model_id] = request.preset
        yield from self._preset(request, call)

    def _export(self, request: s.ExportPreset, call: Call) -> Iterator[Message]:
        Path(request.path).write_text("temperature = 0.1\n")
        yield from ()

    def _import(self, request: s.ImportPreset, call: Call) -> Iterator[Message]:
        if not Path(request.path).exists():
            raise UserError(f"{request.path} is no preset.", "Choose another file.", "bad_preset")
        self.presets[request.model_id] = s.Preset(temperature=0.1, system="Be brief.")
        yield from self._preset(request, call)
