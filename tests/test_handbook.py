"""The shipped handbook keeps its form: front matter, lengths, headings, links, punctuation, nothing said twice."""

import re
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

CORPUS = Path(__file__).parents[1] / "corpus"
ARTICLES = sorted(CORPUS.rglob("*.md"))
KINDS = {"concept", "how-to", "case", "template", "rule", "checklist"}
HAN = "\u3400-\u9fff"
WORN = [
    "众所周知",
    "赋能",
    "匠心",
    "不容错过",
    "尽享",
    "焕新",
    "品质生活",
    "告别烦恼",
    "随着互联网",
    "随着移动互联网",
    "在当今",
    "综上所述",
    "总而言之",
    "值得注意的是",
    "根据资料",
    "打通任督二脉",
    "保驾护航",
    "脱颖而出",
]
COUNT = {
    name: n
    for n, name in enumerate(
        ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五"]
    )
} | {"两": 2}
ANNOUNCED = re.compile(
    rf"(?:分成?|有|按|包括|写|看|是|做|为|查|要|以下|下面|这|共|列|填|问|备|记|守|过|定|给|用|含|各)"
    rf"((?:十[一二三四五]?|[二两三四五六七八九]))"
    rf"(?:步|种|项|条|个|类|点|层|块|段|处|件|栏|问|方面|部分|环节|阶段|做法|办法|原因|动作)[{HAN}]{{0,12}}：$"
)


def body(path: Path) -> str:
    """Return an article without its front matter."""
    return path.read_text("utf-8").split("\n---\n", 1)[1]


@cache
def front_matter(path: Path) -> dict[str, Any]:
    """Return the keys between the first two `---`."""
    text = path.read_text("utf-8")
    assert text.startswith("---\n"), "front matter comes first"
    matter = yaml.safe_load(text.split("\n---\n", 1)[0][4:])
    assert isinstance(matter, dict)
    return matter


def sections(path: Path) -> dict[str, str]:
    """Return heading → text below it; the opening below `# title` first."""
    parts = re.split(r"^#+ (.+)$", body(path), flags=re.M)
    assert not parts[0].strip(), "nothing stands before the title"
    headings = parts[1::2]
    assert len(set(headings)) == len(headings), "a heading comes once"
    return dict(zip(headings, (text.strip() for text in parts[2::2]), strict=True))


def problems(path: Path) -> list[str]:
    """Return everything that is wrong with the form of one article."""
    matter, found = front_matter(path), []
    if set(matter) != {"title", "topics", "kind", "sources", "reviewed"}:
        found.append(f"front matter has the keys {sorted(matter)}")
    if matter.get("kind") not in KINDS:
        found.append(f"kind {matter.get('kind')}")
    for key in ("topics", "sources"):
        value = matter.get(key)
        if not (isinstance(value, list) and value and all(isinstance(item, str) and item.strip() for item in value)):
            found.append(f"{key} is no list of texts")
    if not isinstance(matter.get("reviewed"), date):
        found.append("reviewed is no date")
    text = body(path)
    if not 800 <= len(text.strip()) <= 2500:
        found.append(f"{len(text.strip())} characters, not 800–2,500")
    if re.findall(r"^# (.+)$", text, re.M) != [matter.get("title")]:
        found.append("the one # heading is not the title")
    if re.search(r"^###", text, re.M):
        found.append("headings go no deeper than ##")
    for heading, content in sections(path).items():
        found += [f"{heading}：{problem}" for problem in section_problems(heading, content)]
    found += [f"worn: {word}" for word in WORN if word in text]
    return found


def section_problems(heading: str, content: str) -> list[str]:
    """Return everything that is wrong with the form of one section."""
    found = []
    if not 150 <= len(content) <= 400:
        found.append(f"{len(content)} characters, not 150–400")
    if len(heading) > 30:
        found.append("heading above 30 characters")
    if re.match(r"它|这|该|上述|此|其|以上|同样", content):
        found.append("opens with a word that points elsewhere")
    lines = content.split("\n")
    for number, line in enumerate(lines):
        found += [f"{line[:20]}… {problem}" for problem in line_problems(line)]
        if announced := ANNOUNCED.search(line):
            items = _items_behind(lines, number)
            if items and items != COUNT[announced[1]]:
                found.append(f"announces {announced[1]}, lists {items}: {line[-20:]}")
    return found


def _items_behind(lines: list[str], number: int) -> int:
    count = 0
    for line in lines[number + 1 :]:
        if re.match(r"- |\d+\. ", line):
            count += 1
        elif line.strip():
            break
    return count


def line_problems(line: str) -> list[str]:
    """Return what is wrong with the punctuation of a line; links, code and addresses are left out."""
    plain = re.sub(r"\]\([^)]*\)|`[^`]*`|https?://[^\s）。，；]+", "]", line)
    found = []
    if re.search(rf"[{HAN}][,;:!?()\"']|[,;:!?()\"'][{HAN}]", plain):
        found.append("half-width punctuation beside Chinese")
    if re.search(rf"[{HAN}] +[A-Za-z0-9{HAN}]|[A-Za-z0-9] +[{HAN}]|[，。；：！？、（）“”《》] +\S", plain):
        found.append("a space inside Chinese")
    if re.search("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0d\uff0e\uff05]", plain):
        found.append("full-width digits, letters or signs")
    if re.search(r"[，。；：！？、][，。；：、]|。。|……。", plain):
        found.append("two marks in a row")
    if any(plain.count(a) != plain.count(b) for a, b in ("“”", "（）", "《》", "「」")):
        found.append("marks that come in pairs do not")
    if plain.strip() and not re.search(r"[。！？：]$|[。！？][”）]$|\|$", plain.rstrip()):
        found.append("no mark at the end")
    return found


def paragraphs(path: Path) -> list[str]:
    """Return the lines of an article that are long enough to be told apart."""
    return [line for line in body(path).split("\n") if len(line) >= 30 and not line.startswith("#")]


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(re.sub(r"\W", "", text)))


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.relative_to(CORPUS).as_posix())
def test_article_keeps_the_form(path: Path) -> None:
    """Front matter, lengths of article and sections, headings, lists and punctuation are as CONTRIBUTING says."""
    assert problems(path) == []


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.relative_to(CORPUS).as_posix())
def test_links_resolve(path: Path) -> None:
    """A relative link leads to another article."""
    for target in re.findall(r"\]\(([^)]+)\)", body(path)):
        if not target.startswith("http"):
            assert (path.parent / target).resolve() in ARTICLES, target


def test_titles_are_distinct() -> None:
    """No two articles have one title."""
    titles = [front_matter(path)["title"] for path in ARTICLES]
    assert len(set(titles)) == len(titles)


def test_no_paragraph_comes_twice() -> None:
    """No two lines of 30 characters or more share four fifths of their character pairs."""
    lines = [(path, line, _pairs(line)) for path in ARTICLES for line in paragraphs(path)]
    by_pair: dict[tuple[str, str], list[int]] = {}
    for number, (_, _, pairs) in enumerate(lines):
        for pair in pairs:
            by_pair.setdefault(pair, []).append(number)
    twins = []
    for number, (path, line, pairs) in enumerate(lines):
        rare = sorted(pairs, key=lambda pair: len(by_pair[pair]))[: len(pairs) // 5 + 1]  # one of them is shared
        for other in {n for pair in rare for n in by_pair[pair] if n > number}:
            if len(pairs & lines[other][2]) >= 0.8 * len(pairs | lines[other][2]):
                twins.append((path.name, line, lines[other][0].name, lines[other][1]))
    assert twins == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("先定义流失,再圈名单。", "half-width"),
        ("用 RFM 分群。", "space"),
        ("共１２人。", "full-width digits"),
        ("先看数据。，再定。", "two marks"),
        ("他说“好。", "pairs"),
        ("没有句号", "at the end"),
    ],
)
def test_punctuation_check_finds(line: str, problem: str) -> None:
    """Each kind of mixed or missing punctuation is found."""
    assert any(problem in found for found in line_problems(line))


@pytest.mark.parametrize(
    "line", ["- **RFM模型**：按3项分群。", "见[方案](../plans/a-b.md)。", "公式：`n = (a + b)`。", "ROI为2.5也可能亏。"]
)
def test_punctuation_check_lets_pass(line: str) -> None:
    """Right lines are not complained about."""
    assert line_problems(line) == []


def test_coverage_table_points_at_what_is_there() -> None:
    """Every point of the seed document names an article and a section that exist."""
    table = (CORPUS.parent / "docs" / "handbook-coverage.md").read_text("utf-8")
    rows = re.findall(r"^\| \d+ \| .+? \| `(.+?)` \| (.+?) \|$", table, re.M)
    assert len(rows) > 200
    assert [row for row in rows if row[1] != "（开头）" and row[1] not in sections(CORPUS / row[0])] == []
