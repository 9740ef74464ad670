"""The built-in embedding: its reader, and its training on a tiny made corpus."""

import json
import lzma
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from copilot.embedding import load_embedding
from copilot.embedding.static import StaticEmbedding
from copilot.errors import EmbeddingError, InputError
from copilot.library import Library
from copilot.text import fold
from copilot.text.pieces import numbered_pieces, piece_numbers

BUILTIN = Path(__file__).parent.parent / "copilot" / "embedding" / "builtin"
TEXTS = [
    "怎么让流失的老用户回来复购？",
    "ＡＢ测试的样本量要多少人",
    "Retention rate 30%，app_id 与 iPhone15",
    "訂單退款規則",
]


@pytest.fixture(scope="module")
def model() -> StaticEmbedding:
    """Return the shipped model, loaded once."""
    return StaticEmbedding(BUILTIN)


def test_vectors_are_float32_of_unit_length(model: StaticEmbedding) -> None:
    """Every text with known pieces gets a unit vector."""
    vectors = model.documents(TEXTS)
    assert vectors.dtype == np.float32 and vectors.shape == (len(TEXTS), model.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_text_without_known_pieces_gives_zeros(model: StaticEmbedding) -> None:
    """Empty text and bare punctuation have no direction."""
    assert not model.documents(["", "！？……"]).any()
    assert model.documents([]).shape == (0, model.dimension)


def test_script_width_and_case_do_not_matter(model: StaticEmbedding) -> None:
    """Traditional script, full width and capitals fold to the same vector."""
    same = model.queries(["訂單退款規則ＡＢ", "订单退款规则ab"])
    assert np.array_equal(same[0], same[1])


def test_pieces_spell_the_text_and_have_unit_vectors(model: StaticEmbedding) -> None:
    """One unit vector a piece, and the pieces spell the folded text."""
    numbers, spelled = zip(*numbered_pieces(TEXTS[0]), strict=True)
    vectors = model.of_pieces(np.array(numbers))
    assert "".join(spelled) == "怎么让流失的老用户回来复购"
    assert vectors.shape == (len(numbers), model.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_numbers_of_the_pieces_give_the_vector_of_the_text(model: StaticEmbedding) -> None:
    """What is stored of a passage stands for it: the vector of its pieces is the vector of its text."""
    numbers = piece_numbers(tuple(TEXTS))
    vectors = np.array([model.mean_of(np.array(row)) for row in numbers])
    assert np.abs(vectors - model.documents(TEXTS)).max() < 1e-6


@pytest.mark.slow
def test_sentence_transformers_reads_the_same_vectors(model: StaticEmbedding) -> None:
    """`SentenceTransformer(folder)` and the reader agree to 1e-3 on folded text."""
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(BUILTIN), device="cpu").encode([fold(text) for text in TEXTS])
    assert np.abs(theirs.astype(np.float32) - model.documents(TEXTS)).max() < 1e-3


def test_folder_is_small_enough_for_the_wheel() -> None:
    """At most 19 MB, and no leftover of an interrupted export."""
    assert sum(path.stat().st_size for path in BUILTIN.rglob("*") if path.is_file()) <= 19_000_000


def test_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    """A folder without a model names itself and what to do."""
    with pytest.raises(EmbeddingError, match="读不出来") as caught:
        StaticEmbedding(tmp_path)
    assert caught.value.hint


def test_broken_weights_are_a_clear_error(tmp_path: Path) -> None:
    """Weights that are not safetensors are refused."""
    (tmp_path / "model.safetensors").write_bytes(b"not weights at all")
    (tmp_path / "tokenizer.json").write_bytes((BUILTIN / "tokenizer.json").read_bytes())
    with pytest.raises(EmbeddingError, match="格式不对"):
        StaticEmbedding(tmp_path)


def _write(folder: Path, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    folder.mkdir(parents=True)
    with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def made_data(tmp_path: Path) -> Path:
    """Return a tiny training folder about five made subjects."""
    subjects = ["茶叶", "雨伞", "自行车", "望远镜", "面包"]
    page = "{0}要放在干燥的地方。买{0}以前先看产地和日期。{0}坏了可以在七天里换一次。"
    pages = [{"title": s, "text": page.format(s) + f"第{i}批{s}已经到货。"} for s in subjects for i in range(8)]
    _write(tmp_path / "data" / "pm-ops-zh", "pages", pages)
    pairs = [{"q": f"怎么换{s}", "ctx": s, "p": page.format(s), "kind": "heading"} for s in subjects]
    _write(tmp_path / "data" / "pairs-docs-zh", "pairs", pairs)
    _write(tmp_path / "data" / "common-voice-zh", "sentences", [{"text": f"我想买一{c}新的东西"} for c in "把辆包台架"])
    return tmp_path / "data"


def test_training_twice_gives_the_same_model(made_data: Path, tmp_path: Path) -> None:
    """Equal data and seed: equal vocabulary and vectors; the export loads and tells subjects apart."""
    from copilot.training.__main__ import build
    from copilot.training.contrast import Options
    from copilot.training.export import export

    options = Options(dimension=16, steps=5, batch=32, seed=3, mined=(3,))
    runs = [build(made_data, tmp_path / "no-handbook", options, pieces=9000) for _ in range(2)]
    assert runs[0][0].to_str() == runs[1][0].to_str()
    assert np.array_equal(runs[0][1], runs[1][1])
    export(runs[0][1], runs[0][0], "# made\n", tmp_path / "made")
    made = StaticEmbedding(tmp_path / "made")
    assert made.dimension == 16 and made.documents(["雨伞"]).any()


def test_training_without_data_is_a_clear_error(tmp_path: Path) -> None:
    """A folder without the training data says so."""
    from copilot.training.__main__ import build
    from copilot.training.contrast import Options

    with pytest.raises(InputError, match="没有训练用的文档"):
        build(tmp_path, tmp_path, Options(steps=1))


def test_mined_neighbours_are_near() -> None:
    """Rows of one subject come to stand together, and every left side keeps its right side."""
    from copilot.training.contrast import PairSet, Ragged, _near_together

    subjects = np.arange(400) % 4  # piece 0…3; left sides repeat the right ones' row number
    left, right = (Ragged(pieces, np.arange(401)) for pieces in (np.arange(400), subjects))
    vectors = np.eye(400, 8, dtype=np.float32)
    made = _near_together(PairSet(left, right, 1.0, 4), vectors, 10, np.random.default_rng(0))
    assert np.array_equal(made.left.flat % 4, made.right.flat) and len(set(made.left.flat)) == 400
    assert np.count_nonzero(np.diff(made.right.flat)) == 3


def test_a_chunk_is_tokenised_once(model: StaticEmbedding, tmp_path: Path) -> None:
    """What is embedded, stored and indexed as pieces was cut up once: tokenising is a sixth of adding."""
    from copilot.text.pieces import _piece_numbers

    (tmp_path / "a.md").write_text("# 召回\n\n流失用户先分层，再选触达方式。\n", encoding="utf-8")
    library = Library(tmp_path / "library", load_embedding())
    before = _piece_numbers.cache_info().misses
    library.add([tmp_path / "a.md"])
    library.close()
    assert _piece_numbers.cache_info().misses == before + 1
