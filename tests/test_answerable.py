"""Whether a question is answered: the topic model, and what it must not do to the user's own documents."""

from pathlib import Path

import numpy as np
import pytest

from copilot.assistant import Copilot
from copilot.embedding import load_embedding
from copilot.handbook import load_handbook
from copilot.library import Library
from copilot.settings import Settings
from copilot.tasks.topic import PATH, on_topic


def test_topic_model_belongs_to_the_embedding() -> None:
    """Its weights are for the vectors of the built-in embedding that is shipped."""
    with np.load(PATH, allow_pickle=False) as model:
        assert str(model["embedding"]) == load_embedding().fingerprint
        assert model["first"].shape[0] == load_embedding().dimension


@pytest.mark.parametrize("question", ["怎么提高新用户的留存", "短信签名要写在哪里", "店里的回头客越来越少怎么办"])
def test_operations_questions_are_on_topic(question: str) -> None:
    """What a handbook of methods is for."""
    assert on_topic(question) > 0.5


@pytest.mark.parametrize("question", ["排骨汤要炖多久", "今天股市收盘多少点", "北京到上海的高铁票多少钱"])
def test_other_questions_are_not(question: str) -> None:
    """Other subjects, persons, prices."""
    assert on_topic(question) < 0.5


def test_own_documents_answer_other_subjects(tmp_path: Path) -> None:
    """The topic model speaks for the handbook alone: what the user's own document says is answered."""
    recipe = tmp_path / "食堂.md"
    recipe.write_text("# 食堂菜单\n\n## 排骨汤\n\n排骨汤要炖两个小时，出锅前十分钟放盐。\n", "utf-8")
    library = Library(tmp_path / "library", load_embedding())
    library.add([recipe])
    reply = Copilot(library, Settings(home=tmp_path)).ask("排骨汤要炖多久？")
    assert reply.answered and "两个小时" in reply.answer


def test_own_documents_come_before_the_handbook(tmp_path: Path) -> None:
    """The handbook's sections are found by more words than the user's; that must not put them first, nor beside."""
    manual = tmp_path / "客服手册.md"
    manual.write_text(
        "# 单车租赁客服手册\n\n## 押金怎么退\n\n在小程序里点退押金，三天到账。\n\n"
        "## 发票怎么开\n\n在订单详情里填写抬头和税号，电子发票一个工作日内发到邮箱。\n",
        "utf-8",
    )
    library = Library(tmp_path / "library", load_embedding())
    load_handbook(library, True)
    library.add([manual])
    bot = Copilot(library, Settings(home=tmp_path))
    for question, said in (("押金怎么退？", "三天到账"), ("发票怎么开？", "一个工作日")):
        reply = bot.ask(question)
        assert said in reply.sentences[0].text
    assert {c.source for c in bot.ask("押金怎么退？").citations} == {str(manual)}
