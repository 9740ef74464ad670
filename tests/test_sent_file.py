"""Brief files as people send them: read, or refused with a reason."""

from pathlib import Path

import pytest

from copilot.errors import InputError
from copilot.tasks.sent_file import read_sent_file


def test_yaml_and_json_are_read(tmp_path: Path) -> None:
    """Both, with the mark that Windows puts before a text."""
    for name, text in (("a.yaml", "\ufeff产品: 甲\n预算: 5万\n"), ("a.json", '{"产品": "甲", "预算": "5万"}')):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert read_sent_file(path, "简报", "产品: 青禾读书") == {"产品": "甲", "预算": "5万"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param("- 产品\n".encode(), "不是键值表", id="a list"),
        pytest.param("产品: [".encode(), "读不出来", id="broken"),
        pytest.param("产品：甲".encode("gbk"), "读不出来", id="another encoding"),
        pytest.param(b"a: &a [1,1]\nb: [*a,*a]\n", "引用", id="references"),
        pytest.param(b"[" * 10_000, "括号太多", id="brackets"),
        pytest.param(b"- " * 2_000, "读不出来", id="deep"),
        pytest.param(b"a: " + b"x" * 100_001, "太大", id="large"),
        pytest.param("开始: 2026-13-41".encode(), "读不出来", id="no such day"),
    ],
)
def test_others_are_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    """Each with its reason, on one line."""
    path = tmp_path / "brief.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=reason) as caught:
        read_sent_file(path, "简报", "产品: 青禾读书")
    assert "\n" not in caught.value.message
