"""Embeddings and rerankers that sentence-transformers loads, with models made on the spot; nothing is fetched."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import run
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import make_embedding, make_reranker

from copilot.assistant import Copilot
from copilot.embedding import Embedding, files, load_embedding
from copilot.embedding.local import TOKENS, batches
from copilot.embedding.reranker import Reranker, load_reranker
from copilot.errors import EmbeddingError, LibraryMismatch
from copilot.knowledge import read
from copilot.library import Library, Snapshot
from copilot.library.writer import indexed
from copilot.retrieval import retrieve, search
from copilot.settings import Settings

TEXTS = ["怎么让流失的老用户回来复购？", "短", "", "活动复盘要看目标完成率和投入产出。" * 40]


@pytest.fixture(scope="module")
def plain(tiny: Path) -> Embedding:
    """The embedding without prompts."""
    return load_embedding(str(tiny / "plain"))


@pytest.fixture(scope="module")
def reranker(tiny: Path) -> Reranker:
    """The cross-encoder."""
    return Reranker(str(tiny / "reranker"))


@pytest.fixture
def changed(tiny: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a way to copy a tiny model with JSON values of one of its files changed."""

    def change(model: str, file: str = "config.json", name: str = "changed", **values: Any) -> Path:
        folder = shutil.copytree(tiny / model, tmp_path / name)
        if values:
            config = json.loads((folder / file).read_text(encoding="utf-8"))
            (folder / file).write_text(json.dumps(config | values), encoding="utf-8")
        return folder

    return change


def encoded(folder: Path, texts: list[str]) -> Any:
    """What sentence-transformers itself computes."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", prompts={"query": "", "document": ""})
    return model.encode(texts, prompt="", normalize_embeddings=True, show_progress_bar=False)


def error_of(make: Callable[[], object]) -> EmbeddingError:
    """The error that loading ends with."""
    with pytest.raises(EmbeddingError) as caught:
        make()
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


# Vectors


def test_vectors_are_those_of_sentence_transformers(plain: Embedding, tiny: Path) -> None:
    """Unit vectors, float32, in the order of the texts, whatever the batches."""
    for vectors in (plain.documents(TEXTS), plain.queries(TEXTS)):
        assert vectors.dtype == np.float32 and vectors.shape == (len(TEXTS), plain.dimension)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert np.abs(vectors - encoded(tiny / "plain", TEXTS)).max() < 1e-5
    assert plain.documents([]).shape == (0, plain.dimension)


def test_many_texts(plain: Embedding) -> None:
    """More texts than a batch holds come back in their order."""
    texts = [f"{'用户' * (i % 7)}第{i}条" for i in range(300)]
    vectors = plain.documents(texts)
    assert np.abs(vectors[[5, 299, 17]] - plain.documents([texts[5], texts[299], texts[17]])).max() < 1e-5


@given(st.lists(st.integers(0, 3 * TOKENS), max_size=200))
def test_batches_are_bounded(lengths: list[int]) -> None:
    """Every text once, and no batch larger than the bound unless it is one text."""
    found = list(batches(lengths))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= TOKENS for batch in found)


def test_prompts_are_used(tiny: Path) -> None:
    """A model with prompts gets one before questions and the other before passages."""
    prompted = load_embedding(str(tiny / "prompted"))
    assert np.abs(prompted.queries(["留存"]) - encoded(tiny / "prompted", ["问：留存"])).max() < 1e-5
    assert np.abs(prompted.documents(["留存"]) - encoded(tiny / "prompted", ["文：留存"])).max() < 1e-5


@pytest.mark.parametrize(
    ("prompts", "query", "document"),
    [
        pytest.param({"s2p_query": "甲", "s2s_query": "乙"}, "甲", "", id="stella"),
        pytest.param({"retrieval.query": "甲", "retrieval.passage": "乙", "separation": "丙"}, "甲", "乙", id="jina"),
        pytest.param({"query": "甲", "search_query": "丙", "passage": "乙"}, "甲", "乙", id="plain-name-wins"),
        pytest.param({"query": "", "document": "", "STS": "甲"}, "", "", id="none"),
    ],
)
def test_names_of_prompts(
    changed: Callable[..., Path], prompts: dict[str, str], query: str, document: str, tiny: Path
) -> None:
    """Prompts are found under the names that models give them."""
    folder = changed("plain", "config_sentence_transformers.json", prompts=prompts)
    model = load_embedding(str(folder))
    assert np.abs(model.queries(["留存"]) - encoded(tiny / "plain", [f"{query}留存"])).max() < 1e-5
    assert np.abs(model.documents(["留存"]) - encoded(tiny / "plain", [f"{document}留存"])).max() < 1e-5


def test_prompt_of_the_card(changed: Callable[..., Path], tiny: Path) -> None:
    """A well-known model whose configuration has no prompt gets that of its card, also from a folder of that name."""
    folder = changed("plain", name="bge-small-zh-v1.5")
    prompt = next(entry["query"] for entry in read("models")["embeddings"] if entry["name"].endswith(folder.name))
    model = load_embedding(str(folder))
    assert np.abs(model.queries(["留存"]) - encoded(tiny / "plain", [f"{prompt}留存"])).max() < 1e-5
    assert model.fingerprint == load_embedding(str(tiny / "plain")).fingerprint  # passages have the same vectors


# Fingerprints


def test_fingerprint_is_of_the_files_that_count(plain: Embedding, tiny: Path, tmp_path: Path) -> None:
    """Equal for a copy in another place with other files beside it, and when loaded again."""
    copy = shutil.copytree(tiny / "plain", tmp_path / "elsewhere")
    for name in ("README.md", "pytorch_model.bin", "onnx/model.onnx", "onnx/config.json", "imgs/a.txt"):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_bytes(b"not read")
    assert load_embedding(str(copy)).fingerprint == plain.fingerprint
    assert load_embedding(str(tiny / "plain")).fingerprint == plain.fingerprint


def test_fingerprints_differ(plain: Embedding, changed: Callable[..., Path], tmp_path: Path) -> None:
    """Other weights, another way of pooling or another prompt for passages: another fingerprint."""
    others = [
        make_embedding(tmp_path / "weights", seed=5),
        changed("plain", "1_Pooling/config.json", name="pooling", pooling_mode="cls"),
        changed("plain", "config_sentence_transformers.json", name="prompt", prompts={"document": "文："}),
    ]
    assert len({plain.fingerprint, *(load_embedding(str(folder)).fingerprint for folder in others)}) == 4


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        pytest.param(["model.safetensors", "pytorch_model.bin"], ["model.safetensors"], id="safetensors-first"),
        pytest.param(["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"], ["pytorch_model.bin"], id="bin"),
        pytest.param(["onnx/model.onnx", "openvino/openvino_model.bin", "model.gguf"], [], id="other-formats"),
        pytest.param(["checkpoint-5/model.safetensors", "x-decoder/pytorch_model.bin"], [], id="other-folders"),
        pytest.param(["2_Dense/model.safetensors", "2_Dense/pytorch_model.bin"], ["2_Dense/model.safetensors"], id="dense"),
        pytest.param(["model-00001-of-00002.safetensors", "training_args.bin"], ["model-00001-of-00002.safetensors"], id="shards"),
        pytest.param(["README.md", "vocab.txt", "a.jpg", "sentencepiece.bpe.model"], ["sentencepiece.bpe.model", "vocab.txt"], id="tokenizer"),
    ],
)  # fmt: skip
def test_files_that_count(there: list[str], kept: list[str]) -> None:
    """Configuration, tokenizer and one set of weights."""
    assert files.needed(there) == kept


# What cannot be loaded


@pytest.mark.parametrize("load", [load_embedding, Reranker], ids=["embedding", "reranker"])
def test_hub_name_that_is_not_here(load: Callable[[str], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is not in the cache is not fetched, even where the hub may be asked; the hint says how to."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    error = error_of(lambda: load("BAAI/bge-not-here"))
    assert "BAAI/bge-not-here" in error.message and "ops-copilot models pull BAAI/bge-not-here" in error.hint


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "模型", "C:\\models\\x"])
def test_path_that_is_not_there(name: str) -> None:
    """A path is not taken for a name of the hub."""
    error = error_of(lambda: load_embedding(name))
    assert name in error.message and "OPS_COPILOT_EMBEDDING" in error.hint and "pull" not in error.hint


def test_kinds_are_not_mixed_up(tiny: Path, tmp_path: Path) -> None:
    """A reranker is no embedding and the other way round: both would load, and compute nonsense."""
    assert "OPS_COPILOT_RERANKER" in error_of(lambda: load_embedding(str(tiny / "reranker"))).hint
    assert "OPS_COPILOT_EMBEDDING" in error_of(lambda: Reranker(str(tiny / "plain"))).hint
    labels = make_reranker(tmp_path / "labels", labels=3)
    assert "3 个数" in error_of(lambda: Reranker(str(labels))).message


def test_other_kinds_are_refused(changed: Callable[..., Path]) -> None:
    """What sentence-transformers would convert is refused."""
    folder = changed("plain", "config_sentence_transformers.json", model_type="SparseEncoder")
    assert "不是向量模型" in error_of(lambda: load_embedding(str(folder))).message


def test_folder_without_weights(tiny: Path, tmp_path: Path) -> None:
    """A folder that holds no model, or only half of it, says so."""
    half = shutil.copytree(tiny / "plain", tmp_path / "half")
    (half / "model.safetensors").unlink()
    for folder in (half, tmp_path):
        assert "没有配置或权重" in error_of(lambda folder=folder: load_embedding(str(folder))).message  # type: ignore[misc]


def test_broken_weights(tiny: Path, tmp_path: Path) -> None:
    """Weights that were cut off are an error with a name."""
    folder = shutil.copytree(tiny / "plain", tmp_path / "broken")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    error = error_of(lambda: load_embedding(str(folder)))
    assert "失败" in error.message and str(folder) in error.hint


def test_weights_that_are_no_numbers(tiny: Path, tmp_path: Path) -> None:
    """A model that computes NaN is refused where it computes."""
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(tiny / "plain", tmp_path / "nan")
    tensors = {name: np.full_like(value, np.nan) for name, value in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert "不是数" in error_of(lambda: load_embedding(str(folder)).documents(["留存"])).message


def test_code_of_a_model_is_not_run(changed: Callable[..., Path], tmp_path: Path) -> None:
    """A model that brings its own program is refused, and the program does not run."""
    own = {"auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}, "model_type": "own"}
    folder = changed("plain", **own)
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", encoding="utf-8")
    assert "不运行" in error_of(lambda: load_embedding(str(folder))).hint
    assert not (tmp_path / "ran").exists()


def test_nothing_is_said_and_nobody_is_asked(
    tiny: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading and computing print nothing, and reach for no network where it is allowed, also for old weights."""
    import torch
    from safetensors.torch import load_file

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    old = shutil.copytree(tiny / "plain", tmp_path / "old")
    torch.save(load_file(old / "model.safetensors"), old / "pytorch_model.bin")
    (old / "model.safetensors").unlink()
    load_embedding(str(old)).documents(TEXTS * 20)
    Reranker(str(tiny / "reranker")).scores("留存", TEXTS)
    assert capfd.readouterr() == ("", "")  # the guard of conftest counts attempts to reach the network


# Rerankers


def test_scores(reranker: Reranker) -> None:
    """One number a passage in 0…1, in their order; none for none."""
    scores = reranker.scores("怎么召回用户", TEXTS)
    assert scores.dtype == np.float32 and scores.shape == (len(TEXTS),)
    assert ((scores >= 0) & (scores <= 1)).all() and len(set(scores.tolist())) == len(TEXTS)
    assert np.allclose(scores[[3, 0]], reranker.scores("怎么召回用户", [TEXTS[3], TEXTS[0]]), atol=1e-5)
    assert reranker.scores("怎么召回用户", []).shape == (0,)
    assert load_reranker("") is None


def test_reranker_as_sentence_transformers_saves_it(reranker: Reranker, tmp_path: Path, tiny: Path) -> None:
    """A saved CrossEncoder that leaves its numbers as they are gives the same scores, between 0 and 1."""
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    model: Any = CrossEncoder(str(tiny / "reranker"), activation_fn=Identity(), local_files_only=True)
    model.save(str(tmp_path / "saved"), create_model_card=False)
    saved = Reranker(str(tmp_path / "saved"))
    assert np.allclose(saved.scores("召回", TEXTS), reranker.scores("召回", TEXTS), atol=1e-6)


def test_reranker_orders_hybrid(handbook: Library, reranker: Reranker) -> None:
    """The first passages are ordered by a mix of both scores, the others stay behind them, scores fall with rank."""
    before = search(handbook, "怎么召回流失用户", 30).passages
    after = search(handbook, "怎么召回流失用户", 30, reranker=reranker).passages
    rules = read("retrieval")["reranker"]
    assert [p.score for p in after] == sorted((p.score for p in after), reverse=True)
    assert [p.rank for p in after] == list(range(1, 31))
    first = {(p.source, p.start): p for p in before[: rules["passages"] - 5]}  # some of the 20 may be duplicates
    judged = [p for p in after if (p.source, p.start) in first]
    assert len(judged) == len(first) and [p.source for p in judged] != [p.source for p in first.values()]
    # The mix is linear in both scores, so three numbers explain all of it.
    scores = reranker.scores("怎么召回流失用户", [f"{p.section}\n{p.text}" for p in judged])
    old = np.array([first[p.source, p.start].score for p in judged])
    known = np.column_stack([old, scores, np.ones(len(judged))])
    (kept, _, _), *_ = np.linalg.lstsq(known, np.array([p.score for p in judged]))
    assert kept == pytest.approx(1 - rules["weight"], abs=0.01)


@pytest.mark.parametrize("mode", ["lexical", "dense"])
def test_reranker_is_for_hybrid_alone(handbook: Library, reranker: Reranker, mode: Any) -> None:
    """The other modes give what they give without."""
    query = "怎么召回流失用户"
    assert search(handbook, query, 20, mode, reranker).passages == search(handbook, query, 20, mode).passages


def test_reranker_with_nothing_to_read(reranker: Reranker, tmp_path: Path, plain: Embedding) -> None:
    """An empty library gives nothing; a library of one passage that passage."""
    with_one = Library(tmp_path / "library", plain)
    assert retrieve(with_one, "召回", reranker=reranker).passages == ()
    with_one.add_texts([("a", "a", "召回流失用户")])
    assert [p.source for p in retrieve(with_one, "召回", reranker=reranker).passages] == ["a"]
    with_one.close()


def test_setting_reaches_every_face(handbook: Library, reranker: Reranker, tiny: Path, tmp_path: Path) -> None:
    """`Copilot` hands the reranker to search, ask and the LangChain retriever; without the setting there is none."""
    question = "怎么召回流失用户"
    bot = Copilot(handbook, Settings(home=tmp_path, reranker=str(tiny / "reranker")))
    expected = search(handbook, question, 8, reranker=reranker).passages
    assert bot.search(question, 8).passages == expected
    assert [d.metadata["score"] for d in bot.retriever.invoke(question)] == [p.score for p in expected]
    scores = {(p.source, p.score) for p in expected}
    assert {(c.source, c.score) for c in bot.ask(question).citations} <= scores
    assert Copilot(handbook, Settings(home=tmp_path)).search(question, 8).passages != expected


def test_reranker_that_cannot_be_loaded_is_told(handbook: Library, tmp_path: Path) -> None:
    """No answer without the reranker that was asked for; modes that need none still work."""
    bot = Copilot(handbook, Settings(home=tmp_path, reranker="no/such"))
    with pytest.raises(EmbeddingError, match="no/such"):
        bot.ask("怎么召回流失用户")
    assert bot.search("召回", 3, "lexical").passages


# Rebuilding the library with another embedding


def stored(library: Library) -> dict[int, tuple[str, Any]]:
    """Text as it was embedded, and stored vector, of every passage."""
    from copilot.library import catalogue

    with catalogue.connect(library.root / "catalogue.sqlite") as db:
        contents = {}
        for doc_id, _ in catalogue.document_ids(db):
            document = catalogue.document_row(db, doc_id)
            for row in catalogue.chunks_of(db, doc_id):
                text = "\n".join(filter(None, indexed(document, row.chunk)))
                contents[row.id] = (text, np.frombuffer(row.vector, dtype="<f2").astype(np.float32))
    return contents


def test_rebuild_after_switching(tmp_path: Path, plain: Embedding, tiny: Path) -> None:
    """One command: every vector is the new model's in catalogue and index, search works, progress is told."""
    notes = tmp_path / "notes"
    notes.mkdir()
    for i, word in enumerate(["签到", "短信", "海报", "直播", "社群", "问卷", "会员", "积分"]):
        (notes / f"{i}.md").write_text(f"# {word}活动\n\n{word}的目标是第{i}周做到{i}成。\n", encoding="utf-8")
    home = tmp_path / "home"
    assert run("library", "add", notes, "--no-handbook", "--home", home).code == 0
    switched = ("--home", home, "--embedding", tiny / "plain")
    refused = run("search", "短信", *switched)
    assert refused.code == 1 and "ops-copilot library rebuild" in refused.err and "向量模型" in refused.err
    told: list[tuple[int, int, str]] = []
    library = Library(home / "library", plain)
    with pytest.raises(LibraryMismatch):
        library.list()
    library.rebuild(lambda *step: told.append(step))
    assert [done for done, _, _ in told] == list(range(9)) and {total for _, total, _ in told} == {8}
    passages = stored(library)
    assert len(passages) == 8
    for number, (text, vector) in passages.items():
        assert np.abs(vector - plain.documents([text])[0]).max() < 2e-3  # half precision

        def nearest(snapshot: Snapshot, number: int = number, vector: Any = vector) -> Any:
            assert np.array_equal(snapshot.encoded([number])[0][0], vector)
            return snapshot.dense(vector, 1)

        [(found, similarity)] = library.read(nearest)
        assert found == number and similarity == pytest.approx(1, abs=1e-3)
    library.close()
    assert run("search", "短信", "--mode", "dense", *switched).out.startswith("1. ")
    assert run("search", "短信", "-k", "1", *switched, "--json").json["passages"][0]["title"] == "短信活动"


def test_rebuild_leaves_no_index_of_the_old_model(tmp_path: Path, plain: Embedding) -> None:
    """The old generation stays for readers that have it open, and goes with the next writer."""
    old = Library(tmp_path / "library", load_embedding())
    old.add_texts([("a", "a", "召回流失用户")])
    old.close()
    library = Library(tmp_path / "library", plain)
    before = library.rebuild().generation - 1
    library.add_texts([("b", "b", "活动复盘")])
    assert f"{before:06d}" not in {folder.name for folder in (tmp_path / "library" / "index").iterdir()}
    with sqlite3.connect(tmp_path / "library" / "catalogue.sqlite") as db:
        [(length,)] = db.execute("SELECT DISTINCT length(vector) FROM chunks")
    assert length == 2 * plain.dimension
    library.close()


def test_rebuild_on_the_command_line(tmp_path: Path, tiny: Path) -> None:
    """`library rebuild` says how much was rebuilt, and goes back to the built-in model in the same way."""
    home = tmp_path / "home"
    (tmp_path / "a.md").write_text("# 召回\n\n流失用户的召回。\n", encoding="utf-8")
    run("library", "add", tmp_path / "a.md", "--no-handbook", "--home", home)
    for model in (tiny / "plain", "builtin"):
        result = run("library", "rebuild", "--home", home, "--embedding", model)
        assert (result.code, result.out, result.err) == (0, "已重建：1 篇，1 段。\n", "")
        assert run("search", "召回", "--home", home, "--embedding", model).code == 0
