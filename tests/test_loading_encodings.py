"""Bytes → text: seven encodings by four formats, short and mixed texts, Western text, damage."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.errors import LoadError
from copilot.loading import load
from copilot.loading.decode import decode

SIMPLIFIED = {
    "short": "怎么让流失用户回来",
    "ten": "先看数据，再定目标。",
    "mixed": "ROI 提升 20%，GMV 1,234 万元（2024年）",
    "long": "用户运营先要分层：新客、活跃、沉默、流失。\r\n每一层的做法不同，花费也不同！\r\n" * 20,
}
TRADITIONAL = {
    "short": "怎麼讓流失用戶回來",
    "ten": "先看數據，再定目標。",
    "mixed": "ROI 提升 20%，GMV 1,234 萬元（2024年）",
    "long": "用戶運營先要分層：新客、活躍、沉默、流失。\r\n每一層的做法不同，花費也不同！\r\n" * 20,
}
# name, codec, mark, texts, names that may be shown
ENCODINGS = [
    pytest.param("utf-8", b"", SIMPLIFIED, {"utf-8"}, id="utf-8"),
    pytest.param("utf-8", b"\xef\xbb\xbf", SIMPLIFIED, {"utf-8-sig"}, id="utf-8-bom"),
    pytest.param("gbk", b"", SIMPLIFIED, {"gb18030"}, id="gbk"),
    pytest.param("gb18030", b"", SIMPLIFIED, {"gb18030"}, id="gb18030"),
    pytest.param("big5", b"", TRADITIONAL, {"big5"}, id="big5"),
    pytest.param("utf-16-le", b"", SIMPLIFIED, {"utf-16-le"}, id="utf-16-le"),
    pytest.param("utf-16-be", b"", SIMPLIFIED, {"utf-16-be"}, id="utf-16-be"),
    pytest.param("utf-16-le", b"\xff\xfe", SIMPLIFIED, {"utf-16-le"}, id="utf-16-le-bom"),
    pytest.param("utf-16-be", b"\xfe\xff", SIMPLIFIED, {"utf-16-be"}, id="utf-16-be-bom"),
    pytest.param("utf-16-le", b"", TRADITIONAL, {"utf-16-le"}, id="utf-16-le-traditional"),
    pytest.param("gbk", b"", TRADITIONAL, {"gb18030"}, id="gbk-traditional"),
]


@pytest.mark.parametrize("suffix", ["txt", "md", "csv", "html"])
@pytest.mark.parametrize("kind", list(SIMPLIFIED))
@pytest.mark.parametrize(("codec", "mark", "texts", "names"), ENCODINGS)
def test_matrix(
    tmp_path: Path, codec: str, mark: bytes, texts: dict[str, str], names: set[str], kind: str, suffix: str
) -> None:
    """Every encoding loads right in every text format, and its name is shown."""
    words = texts[kind]
    source, wanted = words, words.replace("\r\n", "\n")
    if suffix == "csv":
        source = f'id,title\r\n1,"{words.strip()}"\r\n'
        wanted = words.strip().replace("\r\n", "<br>")
    elif suffix == "html":
        source = f"<html><body><p>{words.strip()}</p></body></html>"
        wanted = words.strip().split("\r\n")[0]
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(mark + source.encode(codec))
    loaded = load(path)
    assert wanted in loaded.text
    assert loaded.encoding in names
    assert loaded.note == ""


@pytest.mark.parametrize("declared", ["gb2312", "big5", "utf-8", "windows-1252", "nonsense"])
def test_a_wrong_charset_does_no_harm(tmp_path: Path, declared: str) -> None:
    """What a page says of its encoding is believed only as far as the bytes bear it out."""
    words = "用户增长的第一步是看清谁在流失。"
    for codec in ("gbk", "utf-8"):
        (tmp_path / "a.html").write_bytes(f'<meta charset="{declared}"><p>{words}</p>'.encode(codec))
        assert load(tmp_path / "a.html").text == words


def test_a_charset_decides_for_other_languages(tmp_path: Path) -> None:
    """Greek says so itself."""
    words = "Η ανάπτυξη των χρηστών είναι σημαντική"
    (tmp_path / "a.html").write_bytes(f'<meta charset="iso-8859-7"><p>{words}</p>'.encode("iso-8859-7"))
    assert load(tmp_path / "a.html").text == words


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        ("Le café est très fermé à l'été. Où êtes-vous ?", "cp1252"),
        ("Über die Straße, größer und schön", "latin-1"),
        ("señor mañana “quoted” – dash", "cp1252"),
        ("Привет, как дела? Это текст на русском языке.", "cp1251"),
        ("活动🎉开始啦！", "gb18030"),
        ("活动🎉开始啦！", "utf-16-le"),
        ("Chrome 擴展", "big5"),
        ("plain ascii", "utf-16-le"),
    ],
    ids=["french", "german", "spanish", "russian", "emoji-gb18030", "emoji-utf-16", "big5-in-english", "ascii-utf-16"],
)
def test_other_texts(words: str, codec: str) -> None:
    """Western and mixed texts come back as written."""
    assert decode(words.encode(codec))[0] == words


def test_terminal_colours_and_stray_controls_are_text() -> None:
    """A few control characters do not make a file binary."""
    for words in ("log \x1b[31m红色\x1b[0m", "hello\x08 world, backspace here"):
        assert decode(words.encode())[0] == words


@pytest.mark.parametrize("codec", ["utf-8", "gbk", "big5"])
def test_a_character_cut_off_at_the_end(codec: str) -> None:
    """A file cut inside its last character loads, with a note."""
    text, _, note = decode(("先看數據再定目標" * 9).encode(codec)[:-1])
    assert text.startswith("先看數據再定目標") and text.endswith("\ufffd")
    assert "1 处" in note


def test_one_broken_byte_in_a_long_text_is_noted() -> None:
    """A tiny share of damage is replaced and told."""
    data = bytearray(("用户增长的方法有很多。\n" * 200).encode())
    data[501] = 0xFF
    text, encoding, note = decode(bytes(data))
    assert (encoding, text.count("增长")) == ("utf-8", 200)
    assert "已替换" in note


def test_much_damage_fails() -> None:
    """More than that is refused, not guessed."""
    data = bytearray(("用户增长的方法有很多。\n" * 20).encode())
    data[100:400:30] = b"\xff" * 10
    with pytest.raises(LoadError):
        decode(bytes(data))


def test_what_is_guessed_is_told() -> None:
    """A reading that is only just plausible carries a note."""
    assert "推测" in decode("Привет, как дела? Это текст на русском языке.".encode("cp1251"))[2]


@given(st.binary(max_size=400))
def test_any_bytes_load_or_fail_clearly(data: bytes) -> None:
    """No bytes bring up anything but a LoadError."""
    try:
        text, encoding, _ = decode(data)
    except LoadError as error:
        assert error.message and error.hint
    else:
        assert isinstance(text, str) and encoding


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=100))
def test_utf8_round_trip(words: str) -> None:
    """UTF-8 with few control characters is never taken for anything else."""
    if sum(ord(character) < 32 or ord(character) == 127 for character in words) == 0:
        assert decode(words.encode())[0] == words.removeprefix("\ufeff")
