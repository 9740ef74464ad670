"""The model card that is written beside the weights."""

from copilot.training.contrast import Options


def model_card(options: Options, pieces: int) -> str:
    """Return the README.md of the model folder."""
    return f"# {pieces} {options.dimension}\n"
