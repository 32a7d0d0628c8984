"""The default pipelines of LangChain, LlamaIndex and Haystack over the same documents.

Each splits and retrieves as it does when nothing is set, with Carrel's own embedder behind its
interface, so that only splitting and ranking differ. They come with the extra `bench`. None needs a
network; Haystack's reports of use are switched off before its import.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from carrel.ports import Embedder


class Text(NamedTuple):
    """A document as a peer reads it."""

    document: str
    text: str


class Place(NamedTuple):
    """A found passage: `text[start:end]` of a document."""

    document: str
    start: int
    end: int


Ask = Callable[[str, int], list[Place]]
"""Takes a question and how many passages are wanted; returns them, best first."""


def langchain(texts: Sequence[Text], embedder: Embedder) -> dict[str, Ask]:
    """RecursiveCharacterTextSplitter (4,000 characters, 200 overlap) and the vector store."""
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    class Same(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return embedder.encode_passages(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return embedder.encode_query(text).tolist()

    splitter = RecursiveCharacterTextSplitter(add_start_index=True)
    whole = [Document(one.text, metadata={"document": one.document}) for one in texts]
    store = InMemoryVectorStore(Same())
    store.add_documents(splitter.split_documents(whole))

    def ask(question: str, k: int) -> list[Place]:
        found = store.similarity_search(question, k=k)
        return [_place(one.metadata, "start_index", one.page_content) for one in found]

    return {"LangChain": ask}


def llama_index(texts: Sequence[Text], embedder: Embedder) -> dict[str, Ask]:
    """SentenceSplitter (1,024 tokens, the default overlap) and VectorStoreIndex."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.node_parser import SentenceSplitter

    class Same(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embedder.encode_passages(texts).tolist()

        def _get_query_embedding(self, query: str) -> list[float]:
            return embedder.encode_query(query).tolist()

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    names = {f"document {at}": one.document for at, one in enumerate(texts)}
    whole = [Document(text=one.text, id_=id) for id, one in zip(names, texts, strict=True)]
    index = VectorStoreIndex.from_documents(
        whole, embed_model=Same(), transformations=[SentenceSplitter()]
    )

    def ask(question: str, k: int) -> list[Place]:
        found = [one.node for one in index.as_retriever(similarity_top_k=k).retrieve(question)]
        return [
            Place(names[node.ref_doc_id], node.start_char_idx, node.end_char_idx) for node in found
        ]

    return {"LlamaIndex": ask}


def haystack(texts: Sequence[Text], embedder: Embedder) -> dict[str, Ask]:
    """DocumentSplitter (200 words) and the in-memory retrievers: by embedding, and by BM25."""
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    from haystack import Document
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import (
        InMemoryBM25Retriever,
        InMemoryEmbeddingRetriever,
    )
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    splitter = DocumentSplitter()
    whole = [Document(content=one.text, meta={"document": one.document}) for one in texts]
    parts = splitter.run(documents=whole)["documents"]
    vectors = embedder.encode_passages([part.content for part in parts])
    store = InMemoryDocumentStore()
    store.write_documents(
        [
            Document(content=part.content, meta=part.meta, embedding=vector.tolist())
            for part, vector in zip(parts, vectors, strict=True)
        ]
    )
    by_meaning, by_words = InMemoryEmbeddingRetriever(store), InMemoryBM25Retriever(store)

    def places(found: dict[str, Any]) -> list[Place]:
        return [_place(one.meta, "split_idx_start", one.content) for one in found["documents"]]

    def ask_meaning(question: str, k: int) -> list[Place]:
        return places(by_meaning.run(embedder.encode_query(question).tolist(), top_k=k))

    def ask_words(question: str, k: int) -> list[Place]:
        return places(by_words.run(question, top_k=k))

    return {"Haystack": ask_meaning, "Haystack BM25": ask_words}


def _place(meta: dict[str, Any], start: str, content: str) -> Place:
    return Place(meta["document"], meta[start], meta[start] + len(content))


_PEERS = {
    "langchain_text_splitters": langchain,
    "llama_index.core": llama_index,
    "haystack": haystack,
}


def installed() -> list[Callable[[Sequence[Text], Embedder], dict[str, Ask]]]:
    """The peers that are installed here."""
    found: list[Callable[[Sequence[Text], Embedder], dict[str, Ask]]] = []
    for module, make in _PEERS.items():
        top = module.partition(".")[0]
        if importlib.util.find_spec(top) is not None:
            found.append(make)
    return found
