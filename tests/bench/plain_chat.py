"""Twenty plain questions without files: what a model says without and with an adapter, to look at.

    python -m tests.bench.plain_chat --adapter A.gguf [--model M.gguf]

The starter adapter is not put on for such questions; this shows what would happen if it were.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tests.bench.engine_models import loaded
from tests.bench.reading import generated

from carrel.answering import prompt
from carrel.answering.refusal import is_refusal
from carrel.engine.messages import AdapterFile, SetAdapters
from carrel_models.starter import starter_path

PROMPTS = (
    "Hello! How are you?",
    "What is the capital of France?",
    "Write a short poem about the sea.",
    "Explain photosynthesis in one sentence.",
    "Give me three names for a cat.",
    "Translate 'good morning' into Spanish.",
    "What is 12 plus 30?",
    "Tell me a joke.",
    "How do I boil an egg?",
    "Who wrote Romeo and Juliet?",
    "Summarize in a sentence why people sleep.",
    "Write a polite email that declines an invitation.",
    "What colour is the sky on a clear day?",
    "List the days of the week.",
    "Give me advice for a job interview.",
    "What is a prime number?",
    "Turn this into a question: The train leaves at nine.",
    "Name a fruit that is yellow.",
    "Why is the sea salty?",
    "Say goodbye in a friendly way.",
)
LONGEST = 48  # tokens of an answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=starter_path(), help="a GGUF file")
    parser.add_argument("--adapter", required=True)
    wanted = parser.parse_args()
    model = loaded(wanted.model, 2048)
    chats = [prompt.build(one, mode="model") for one in PROMPTS]
    without = [generated(model, chat, LONGEST) for chat in chats]
    adapter = AdapterFile(path=os.path.abspath(wanted.adapter))
    model.set_adapters(SetAdapters(adapters=[adapter]))
    on = [generated(model, chat, LONGEST) for chat in chats]
    for asked, before, after in zip(PROMPTS, without, on, strict=True):
        print(f"{asked}\n  without: {before}\n  with:    {after}")
    print(
        f"refused of {len(PROMPTS)}: without {sum(map(is_refusal, without))}, "
        f"with {sum(map(is_refusal, on))}"
    )


if __name__ == "__main__":
    main()
