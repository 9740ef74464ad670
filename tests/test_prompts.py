"""Prompt files are strict, and all that is wrong is told at once."""

import hashlib

import pytest

from copilot.errors import PromptError
from copilot.paths import shipped
from copilot.prompts import load_prompt, parse_prompt

GOOD = b"---\nname: p\nversion: 2\nvariables: [a, b]\n---\n## system\n\nS $a, costs $$5\n\n## user\n\nU ${b}\n"


def test_parts_and_digest() -> None:
    """The parts, the version and the digest of the bytes are there."""
    prompt = parse_prompt("p", GOOD)
    assert (prompt.name, prompt.version, prompt.system, prompt.user) == ("p", 2, "S $a, costs $$5", "U ${b}")
    assert prompt.digest == hashlib.sha256(GOOD).hexdigest()[:12]


def test_render() -> None:
    """Values are put in once; a placeholder inside a value is text."""
    assert parse_prompt("p", GOOD).render(a="$b", b="x") == [("system", "S $b, costs $5"), ("user", "U x")]


def test_windows_line_ends() -> None:
    """A checkout with CRLF reads the same."""
    assert parse_prompt("p", GOOD.replace(b"\n", b"\r\n")).user == "U ${b}"


def test_render_names_every_gap() -> None:
    """Missing and unknown variables are all named in one error."""
    with pytest.raises(PromptError) as caught:
        parse_prompt("p", GOOD).render(c="1", d="2")
    assert all(word in caught.value.message for word in ("缺少 a", "缺少 b", "多出 c", "多出 d"))
    assert "a、b" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(b"version: 2\n", b"author: me\n", ["缺少字段 version", "不认识的字段 author"], id="fields"),
        pytest.param(b"version: 2", b"version: two", ["version 不是整数"], id="version"),
        pytest.param(b"[a, b]", b"[a, c]", ["variables 里没有 b", "没有用到变量 c"], id="variables"),
        pytest.param(b"[a, b]", b"a", ["variables 不是变量名的列表"], id="variables-type"),
        pytest.param(b"name: p", b"name: q", ["与文件名不同"], id="name"),
        pytest.param(b"## user", b"## human", ["缺少 ## user", "不认识的部分 ## human"], id="parts"),
        pytest.param(b"## user", b"## system", ["缺少 ## user", "重复的部分 ## system"], id="twice"),
        pytest.param(b"U ${b}\n", b"", ["## user 部分是空的"], id="empty"),
        pytest.param(b"---\n## system", b"---\nhello\n## system", ["之前有文字"], id="before"),
        pytest.param(b"$$5", b"$5", ["写坏的 $"], id="dollar"),
        pytest.param(b"---\nname", b"name", ["开头没有 ---"], id="no-front"),
        pytest.param(b"name: p", b"name: [", ["不是 YAML"], id="yaml"),
        pytest.param(b"name: p\nversion: 2\nvariables: [a, b]", b"- 1", ["不是键值表"], id="list"),
    ],
)
def test_malformed(old: bytes, new: bytes, told: list[str]) -> None:
    """Every kind of mistake is named."""
    with pytest.raises(PromptError) as caught:
        parse_prompt("p", GOOD.replace(old, new))
    assert all(text in caught.value.message for text in told)
    assert caught.value.hint


def test_missing_file() -> None:
    """A prompt that is not there is an error of its own kind."""
    with pytest.raises(PromptError, match="nowhere"):
        load_prompt("nowhere")


@pytest.mark.parametrize("name", sorted(path.stem for path in shipped("prompts").glob("*.md")))
def test_shipped_prompts_load(name: str) -> None:
    """Every shipped prompt is well formed."""
    assert load_prompt(name).name == name
