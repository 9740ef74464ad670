"""Rows that say the same."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.feedback.repeats import same_as


def test_punctuation_emoji_and_width_do_not_count() -> None:
    """Equal after folding and without what is no letter or digit."""
    assert same_as(["希望增加深色模式！", "希望增加 深色模式😭", "App闪退", "ＡＰＰ闪退。"]) == [0, 0, 2, 2]


def test_a_typo_or_a_particle_more_is_the_same() -> None:
    """From eight characters on, one in ten may differ."""
    assert same_as(["每次导出报表都要等好久", "每次导出报表都要等好久啊", "每次导出报裱都要等好久"]) == [0, 0, 0]
    assert same_as(["登录失败了", "登陆失败了"]) == [0, 1]


def test_a_word_that_turns_the_meaning_is_not_the_same() -> None:
    """不 and numbers are one character too."""
    assert same_as(["这个月可以正常登录", "这个月不可以正常登录"]) == [0, 1]
    assert same_as(["等了三天还没有发货", "等了五天还没有发货"]) == [0, 1]


def test_texts_without_letters_are_only_like_themselves() -> None:
    """Two emoji are not two exclamation marks."""
    assert same_as(["😊", "！！", "😊 ", ""]) == [0, 1, 0, 3]


def test_long_texts_may_differ_a_little_more() -> None:
    """A copied letter with another greeting and two typos is the same letter."""
    letter = "小区北门的路灯坏了两个多月，报修电话打了很多次都说在排队，晚上老人摸黑走路摔倒过，希望早点修好"
    assert same_as([letter, letter.replace("摸黑", "模黑").replace("早点", "早些")]) == [0, 0]
    assert same_as([letter, letter[:24] + "但是垃圾桶的位置也不合理，车库入口天天被堵"]) == [0, 1]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("好用不卡慢登录 a1", max_size=14), max_size=12), st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order(texts: list[str], draw: random.Random) -> None:
    """Shuffled rows fall into the same groups, and the first of a group stands for it."""
    groups = same_as(texts)
    assert all(groups[first] == first <= at for at, first in enumerate(groups))
    order = draw.sample(range(len(texts)), len(texts))
    again = same_as([texts[at] for at in order])
    assert [[a == b for b in again] for a in again] == [[groups[a] == groups[b] for b in order] for a in order]
