"""The retriever as LangChain knows it, for chains of the caller's own."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, SkipValidation

from copilot.embedding.reranker import Reranker
from copilot.library import Library
from copilot.retrieval.hybrid import Mode, retrieve


class HybridRetriever(BaseRetriever):
    """Passages of the library as LangChain documents; metadata holds everything else a Passage has."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: SkipValidation[Library]
    k: int = 8
    mode: Mode = "hybrid"
    reranker: SkipValidation[Reranker | None] = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        documents = []
        for passage in retrieve(self.library, query, self.k, self.mode, self.reranker).passages:
            metadata: dict[str, Any] = passage.to_dict()
            text = metadata.pop("text")
            documents.append(Document(page_content=text, metadata=metadata))
        return documents
