"""Text at its lowest: normalise, fold, split into sentences. Offsets are always code points."""

from copilot.text.fold import fold
from copilot.text.normalise import normalise
from copilot.text.sentences import sentence_spans

__all__ = ["fold", "normalise", "sentence_spans"]
