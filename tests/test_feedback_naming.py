"""Key words, representatives and labels of clusters."""

from copilot.feedback.naming import clauses, key_words, label, representatives

CODE = ["验证码收不到", "等了很久验证码还没来", "短信验证码收不到，登录不了", "验证码总是过期"]
PARCEL = ["快递太慢了", "快递员不送货上门", "快递丢了没人管", "等快递等了一个星期"]


def test_key_words_set_a_cluster_apart() -> None:
    """What its texts share and others do not hold; no plain words, nothing of one character."""
    words = key_words(CODE + PARCEL, [0] * 4 + [1] * 4)
    assert words[0][0] == "验证码"
    assert "快递" in words[1]
    assert all(2 <= len(word) <= 6 for found in words.values() for word in found)


def test_lone_voices_have_no_key_words() -> None:
    """-1 is no cluster."""
    assert set(key_words([*CODE, "西瓜"], [0] * 4 + [-1])) == {0}


def test_representatives_are_of_different_users_and_no_repeats() -> None:
    """The nearest first; one voice of each user, one of each group of repeats."""
    texts = [*CODE, "验证码收不到！"]
    chosen = representatives(texts, range(5), ["a", "b", "c", "a", "d"], [0, 1, 2, 3, 0])
    assert len({["a", "b", "c", "a", "d"][at] for at in chosen}) == len(chosen) == 4
    assert not {0, 4} <= set(chosen)


def test_a_label_tells_the_obstacle() -> None:
    """A clause of a member with what hinders, never a bare noun, 20 characters at most."""
    found = label([("登录", 5.0), ("希望优化登录，验证码收不到", 1.0), ("验证码收不到，急", 1.0)], ["验证码", "登录"])
    assert found == "验证码收不到"
    assert len(label([("我在公司电脑上打开上个月的销售报表每次都要等上十分钟才能看到数字", 1.0)])) <= 20
    assert label([]) == ""


def test_clauses_are_cut_from_the_phrase() -> None:
    """Every one is a part of what was said, without the words that join it."""
    phrase = "但是导出以后图片全丢了，而且格式也乱"
    assert clauses(phrase) == ["导出以后图片全丢了", "格式也乱"]
    assert all(clause in phrase for clause in clauses(phrase))
