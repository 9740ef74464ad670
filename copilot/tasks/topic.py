"""Is a question one that a handbook of methods may answer? What asks for a company's figures or the weather is not."""

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.embedding import load_embedding
from copilot.errors import DataError
from copilot.retrieval.query import content_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The networks are too sure of themselves: their sum is divided before it becomes a share.
_SOFTENED = 3.0
PATH = Path(__file__).parent / "topic.npz"  # written by copilot.training.topic, 100 kB


def on_topic(question: str) -> float:
    """Return how likely, in 0…1, a question is about operations methods; see `copilot.training.topic`.

    :raises DataError: the model does not belong to the embedding that is installed
    """
    import numpy as np

    model = _model()
    vector = load_embedding().queries([content_words(question)])[0]
    hidden = np.maximum(vector @ model["first"] + model["first_bias"], 0.0)
    return 1 / (1 + math.exp(-float(hidden @ model["second"] + model["second_bias"]) / _SOFTENED))


@cache
def _model() -> "dict[str, NDArray[np.float32]]":
    import numpy as np

    with np.load(PATH, allow_pickle=False) as file:
        if str(file["embedding"]) != load_embedding().fingerprint:
            raise DataError(
                "题目判断和内置向量不是一套", "重新安装 ops-copilot；自训后运行 python -m copilot.training.topic。"
            )
        return {name: file[name].astype(np.float32) for name in file.files if name != "embedding"}
