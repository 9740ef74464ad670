"""Is a question one that a handbook of methods may answer? What asks for a company's figures or the weather is not."""

import math

from copilot.embedding import load_embedding
from copilot.knowledge import read
from copilot.retrieval.query import content_words


def on_topic(question: str) -> float:
    """Return how likely, in 0…1, a question is about operations methods; see `copilot.training.topic`."""
    model = read("topic")
    vector = load_embedding().queries([content_words(question)])[0]
    return 1 / (1 + math.exp(-(model["bias"] + sum(w * v for w, v in zip(model["weights"], vector, strict=True)))))
