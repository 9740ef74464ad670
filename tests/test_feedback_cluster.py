"""Clusters of what is wanted."""

import random
import threading

from copilot.feedback.cluster import find_clusters, split

NIGHT = ["晚上看屏幕太刺眼，想要深色模式", "希望加个深色模式，夜里刺眼", "深色模式什么时候有，晚上眼睛疼"]
CODE = ["收不到短信验证码", "验证码一直收不到，登录不了", "等了十分钟验证码还没来"]
PARCEL = ["快递三天没动，物流不更新", "物流信息不更新，快递卡住了", "快递太慢，物流停在中转站"]
ALL = NIGHT + CODE + PARCEL


def test_what_is_alike_comes_together() -> None:
    """Three wants in three voices each are three clusters, with the number found and with it given."""
    for labels in (find_clusters(ALL), find_clusters(ALL, None, 3)):
        assert [len(set(labels[at : at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
        assert len(set(labels)) == 3


def test_what_says_nothing_fits_nowhere() -> None:
    """Plain words, emoji and what nobody else says get -1."""
    labels = find_clusters([*ALL, "你好，谢谢！", "😊", "西瓜不甜"])
    assert labels[-3:] == [-1, -1, -1]


def test_the_order_of_rows_does_not_matter() -> None:
    """The very same numbers for shuffled rows; equal rows always together."""
    texts = ALL + NIGHT
    labels = find_clusters(texts)
    order = random.Random(3).sample(range(len(texts)), len(texts))
    assert find_clusters([texts[at] for at in order]) == [labels[at] for at in order]
    assert labels[:3] == labels[-3:]


def test_the_larger_cluster_comes_first() -> None:
    """Numbers go by size."""
    labels = find_clusters([*CODE, *NIGHT, "验证码短信还是收不到", "点了获取收不到验证码"])
    assert labels[0] == 0


def test_english() -> None:
    """Words are compared by their stems."""
    labels = find_clusters(
        [
            "App crashes on startup",
            "crashing at startup every time",
            "please add dark theme",
            "a dark theme would help my eyes",
        ]
    )
    assert labels[0] == labels[1] != labels[2] == labels[3]


def test_wanted_words_weigh_more() -> None:
    """What is asked decides between two things that a text speaks of."""
    texts = [*NIGHT, *CODE, "深色模式打开以后验证码收不到"]
    assert (
        find_clusters(texts, [""] * 6 + ["验证码收不到"], 2)[-1]
        == find_clusters(texts, [""] * 6 + ["验证码收不到"], 2)[3]
    )


def test_topics_and_edges() -> None:
    """As many topics as asked for; nothing and next to nothing are no faults."""
    assert len(set(find_clusters(ALL * 2, None, 2))) == 2
    assert find_clusters([]) == []
    assert find_clusters(["登录失败"]) == [-1]
    assert find_clusters(["登录失败", "登录失败"]) == [0, 0]
    assert set(find_clusters(["登录失败", "快递太慢"], None, 5)) == {0, 1}
    assert len(split(NIGHT)) == 3


def test_many_texts_are_parted_by_topics() -> None:
    """Above a thousand texts topics are made; no thread stays behind."""
    draw, before = random.Random(1), threading.active_count()
    texts = [
        f"{draw.choice(ALL)}，{draw.choice('甲乙丙丁戊己庚辛')}{draw.choice('壬癸子丑寅卯辰巳')}{at}"
        for at in range(1100)
    ]
    labels = find_clusters(texts)
    assert 2 < len(set(labels)) < 40
    assert threading.active_count() == before
