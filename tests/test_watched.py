"""Who waits for a model is told what it writes: how far it is, and variants as soon as they hold."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from copy_personalities import COPY
from openai_stub import Personality, serve
from page_world import open_tab, served, visit
from playwright.sync_api import Browser, expect

from copilot import Copilot
from copilot.cli.common import writing
from copilot.library import Library
from copilot.settings import Settings
from copilot.types import Wrote
from copilot.writers.chat_copy_json import finished_objects

BRIEF = {"product": "拾檐晾衣架", "selling_points": ["不用打孔", "收起来能塞进门缝"], "platform": "小红书"}


@pytest.fixture
def modelled(handbook: Library, tmp_path: Path) -> Iterator[Copilot]:
    """A copilot over the handbook with a model that writes good copy."""
    with serve(COPY["good"]) as stub:
        yield Copilot(handbook, Settings(home=tmp_path, model="openai:stub", base_url=stub.base_url, timeout=20.0))


def test_variants_are_told_while_the_model_writes(modelled: Copilot) -> None:
    """Characters only grow, each variant comes before the answer is whole, and they are those of the result."""
    told: list[Wrote] = []
    made = modelled.watched(told.append).adcopy(BRIEF, 2)
    assert made.writer == "chat:openai:stub"
    grown = [one.characters for one in told if one.variant is None]
    assert len(grown) > 5 and grown == sorted(grown)
    early = [one.variant.fields for one in told if one.variant]
    assert early == [variant.fields for variant in made.variants]
    assert told.index(next(one for one in told if one.variant)) < len(told) - 5


def test_the_copilot_itself_tells_nothing(modelled: Copilot) -> None:
    """`watched` makes another one; the first is as it was, and both share what was loaded."""
    told: list[Wrote] = []
    other = modelled.watched(told.append)
    modelled.adcopy(BRIEF, 1)
    assert not told and other.library is modelled.library


def test_rules_tell_nothing(handbook: Library, tmp_path: Path) -> None:
    """Without a model there is nothing to wait for."""
    told: list[Wrote] = []
    Copilot(handbook, Settings(home=tmp_path)).watched(told.append).adcopy(BRIEF, 1)
    assert not told


def test_whole_objects_of_an_unfinished_list() -> None:
    """Each is handed out once, when its brace closes; a brace in a text closes nothing."""
    text = '{"variants": [{"angle": "a", "fields": {"title": "甲}"}}, {"angle": "b", "fields": {"title": "乙"}}]}'
    came, at, when = [], 0, []
    for end in range(len(text) + 1):
        found, at = finished_objects(text[:end], at, lambda value: "angle" in value)
        came += found
        when += [end] * len(found)
    assert [one["angle"] for one in came] == ["a", "b"]
    assert [text[end - 2 : end] for end in when] == ["}}", "}}"]


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal stderr stays empty."""
    with closing(writing()) as shown:
        shown(Wrote(120))
        shown.show("半句")
    assert capsys.readouterr() == ("", "")


def test_cards_come_one_by_one(chromium: Browser, handbook: Library, tmp_path: Path) -> None:
    """A card stands on the page, to be read, while the model is at the next one; in the end all can be worked on."""
    slow: Personality = replace(COPY["good"], pause=0.02)
    with serve(slow) as stub:
        bot = Copilot(handbook, Settings(home=tmp_path, model="openai:stub", base_url=stub.base_url, timeout=60.0))
        with served(bot) as address, visit(chromium, address) as page:
            open_tab(page, "文案")
            page.fill(
                "#oc-adcopy-sentence textarea", "给拾檐晾衣架写 3 条小红书，不用打孔，两床被套并排晾，收起来能塞进门缝"
            )
            page.click("#oc-adcopy-go")
            expect(page.locator("#oc-adcopy-status")).to_contain_text("模型这一次已写")
            expect(page.locator('.oc-copy-cards[aria-busy="true"] article').first).to_be_visible()
            expect(page.locator("article.oc-copy [data-act=edit]")).to_have_count(3)
            expect(page.locator('.oc-copy-cards[aria-busy="true"]')).to_have_count(0)
