"""The lexical index. Only this module knows tantivy."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from copilot.text.terms import terms

VERSION = 1  # Bump when the same text would be indexed differently.
_HEAP = 64_000_000  # bytes for one indexing thread; tantivy asks for at least 15 MB


def apply(folder: Path, added: Iterable[tuple[int, str, str]], deleted: Sequence[int]) -> int:
    """Write `(id, heading, body)` of new chunks and take deleted ids out; return how many chunks there are then."""
    import tantivy

    folder.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(_HEAP, 1)
    for number in deleted:
        writer.delete_documents_by_term("id", number)
    for number, heading, body in added:
        document = tantivy.Document()
        document.add_unsigned("id", number)
        document.add_text("heading", " ".join(terms(heading)))
        document.add_text("body", " ".join(terms(body)))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return int(index.searcher().num_docs)


class LexicalIndex:
    """One published generation of the lexical index, read-only."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._index = tantivy.Index.open(str(folder))
        self._searcher = self._index.searcher()
        self._schema = self._index.schema

    def search(self, query: Sequence[tuple[str, float]], k: int, heading_weight: float) -> list[tuple[int, float]]:
        """Return `(id, BM25 score)` of the best `k` chunks for weighted terms, best first, ties by id."""
        import tantivy

        clauses: list[tuple[Any, Any]] = []
        for term, weight in query:
            for field, boost in (("body", weight), ("heading", weight * heading_weight)):
                if boost > 0:
                    match = tantivy.Query.term_query(self._schema, field, term, "freq")
                    clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(match, boost)))
        if not clauses:
            return []
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), k).hits
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        found = [(int(number), float(score)) for number, (score, _) in zip(ids, hits, strict=True)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def document_frequency(self, term: str) -> int:
        """Return in how many chunks' bodies or headings (the larger) a term stands."""
        return max(int(self._searcher.doc_freq(field, term)) for field in ("body", "heading"))


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    for field in ("heading", "body"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()
