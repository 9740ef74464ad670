"""Question → passages: two indexes, fused, reordered, without near-duplicates."""

from copilot.retrieval.hybrid import Evidence, retrieve, search

__all__ = ["Evidence", "retrieve", "search"]
