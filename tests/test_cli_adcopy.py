"""`adcopy` on the command line, with what stands around it: where a brief comes from, where copy goes, exit codes."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from cli_runner import Result, run
from copy_personalities import COPY
from openai_stub import serve

SENTENCE = "帮我写 3 条短信，周五发，满 199 减 50，给两个月没来的"
FLAGS = ("--product", "拾檐晾衣架", "--selling-point", "不用打孔", "--selling-point", "两床被套并排晾")
BRIEF = """\
产品: 拾檐晾衣架
卖点: [不用打孔, 两床被套并排晾, 承重 30 千克]
人群: 租房的人
渠道: [小红书, 短信]
短信签名: 拾檐
关键词: [晾衣架]
"""


@pytest.fixture(autouse=True)
def in_bare(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of these tests use it; products, voices and results of one test are another's too, by other names."""
    monkeypatch.setenv("OPS_COPILOT_HOME", str(bare))


def written(*arguments: object, stdin: bytes = b"") -> Any:
    """What `adcopy --json` gives: one object, nothing on stderr."""
    result = run("adcopy", *arguments, "--json", stdin=stdin)
    assert (result.err, result.code) == ("", 0)
    assert result.out.count("\n") == 1
    return result.json


def refused(result: Result) -> tuple[str, str]:
    """The two lines of an error of the input, nothing on stdout."""
    assert (result.code, result.out) == (2, "")
    first, second = result.err.strip().splitlines()
    assert first.startswith("错误：") and second.startswith("怎么办：")
    return first[3:], second[4:]


# A sentence


def test_a_sentence() -> None:
    """Understood, three messages, what is missing, notes; all on stdout."""
    result = run("adcopy", SENTENCE)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("按这些写：")
    assert len(re.findall(r"(?m)^—— \d · sms · ", result.out)) == 3
    assert result.out.count("满199减50") >= 3 and result.out.count("拒收请回复R") >= 3
    assert "字数：" in result.out and "补上这些会写得更准：" in result.out
    assert "周五" in result.out.partition("注意：")[2]


def test_nothing_is_asked_in_a_pipe() -> None:
    """Off a terminal nothing is asked: stdin stays unread and the gaps are listed."""
    result = run("adcopy", SENTENCE, stdin="一个答案\n".encode())
    assert result.code == 0
    assert "回车跳过" not in result.out + result.err and "一个答案" not in result.out


def test_a_sentence_from_stdin() -> None:
    """`-` reads it."""
    assert written("-", stdin=f"{SENTENCE}\n".encode())["brief"] == written(SENTENCE)["brief"]


def test_how_many() -> None:
    """The sentence says three, `-n` wins over it; without either it is three for each channel."""
    assert len(written(SENTENCE)["variants"]) == 3
    assert len(written(SENTENCE, "-n", "2")["variants"]) == 2
    both = written("--brief", "-", "--platform", "weibo", "--platform", "小红书", stdin=BRIEF.encode())
    assert [variant["platform"] for variant in both["variants"]] == ["weibo"] * 3 + ["xiaohongshu"] * 3


# Flags and files


def test_flags() -> None:
    """Every flag is a key of the brief."""
    texts = {
        "brand": "拾檐",
        "industry": "家居",
        "audience": "租房的人",
        "pain": "梅雨天阳台晾不下，床单搭在门上",
        "scene": "梅雨天",
        "offer": "满 199 减 30，6 月 7 日截止",
        "price": "129 元",
        "tone": "平实",
        "cta": "点进来看尺寸",
        "link": "https://shop.example.com/rack",
        "sms-sign": "拾檐家居",
        "qualification": "检测报告 2025-113",
    }
    lists = {"fact": "整机保修 2 年", "keyword": "晾衣架", "banned": "神器", "variable": "name"}
    flags = [part for name, text in (texts | lists).items() for part in (f"--{name}", text)]
    brief = written(*FLAGS, "--platform", "短信", *flags)["brief"]
    assert {name: brief[name.replace("-", "_")] for name in texts} == texts
    assert (brief["product"], brief["selling_points"]) == ("拾檐晾衣架", ["不用打孔", "两床被套并排晾"])
    assert [brief[key] for key in ("facts", "keywords", "banned", "variables")] == [[text] for text in lists.values()]
    assert brief["platform"] == ["sms"]


@pytest.mark.parametrize("kind", ["yaml", "json", "bom", "stdin"])
def test_brief_files(tmp_path: Path, kind: str) -> None:
    """YAML, JSON, with a BOM, from stdin: the same brief."""
    path = tmp_path / ("brief.json" if kind == "json" else "brief.yaml")
    as_json = {
        "product": "拾檐晾衣架",
        "selling_points": ["不用打孔", "两床被套并排晾", "承重 30 千克"],
        "audience": "租房的人",
    }
    as_json |= {"platform": ["小红书", "短信"], "sms_sign": "拾檐", "keywords": ["晾衣架"]}
    text = json.dumps(as_json, ensure_ascii=False) if kind == "json" else BRIEF
    path.write_text(text, encoding="utf-8-sig" if kind == "bom" else "utf-8")
    given = ("--brief", "-") if kind == "stdin" else ("--brief", path)
    result = written(*given, "-n", "1", stdin=BRIEF.encode())
    assert result["brief"]["platform"] == ["xiaohongshu", "sms"]
    assert result["brief"]["selling_points"] == as_json["selling_points"]
    assert [variant["platform"] for variant in result["variants"]] == ["xiaohongshu", "sms"]
    assert result["variants"][1]["text"].startswith("【拾檐】")


def test_what_wins() -> None:
    """A sentence over flags, flags over the file, the file over a profile; what one leaves out the next fills."""
    assert (
        run(
            "products", "add", "晾衣架一", "--product", "档案里的晾衣架", "--price", "159", "--audience", "档案里的人"
        ).code
        == 0
    )
    file = "产品: 文件里的晾衣架\n卖点: [文件里的卖点好收]\n人群: 文件里的人\n渠道: 知乎\n".encode()
    brief = written(
        "写 2 条小红书",
        "--product",
        "拾檐晾衣架",
        "--platform",
        "weibo",
        "--brief",
        "-",
        "--profile",
        "晾衣架一",
        stdin=file,
    )["brief"]
    assert brief["platform"] == ["xiaohongshu"]
    assert brief["product"] == "拾檐晾衣架"
    assert (brief["selling_points"], brief["audience"]) == (["文件里的卖点好收"], "文件里的人")
    assert brief["price"] == "159 元"


def test_a_profile() -> None:
    """A saved product is enough for a draft; what must never be said of it is banned."""
    added = (
        "products",
        "add",
        "晾衣架二",
        "--product",
        "拾檐晾衣架",
        "--selling-point",
        "不用打孔",
        "--selling-point",
        "承重 30 千克",
    )
    assert run(*added, "--never", "打孔", "--spec", "收起厚度=6 厘米").code == 0
    result = written("--profile", "晾衣架二", "--platform", "小红书")
    assert result["brief"]["banned"] == ["打孔"] and result["brief"]["facts"] == ["收起厚度：6 厘米"]
    assert result["variants"] and not any("打孔" in variant["text"] for variant in result["variants"])
    assert [row["text"] for row in result["dropped"] if row.get("field") == "selling_points"] == ["不用打孔"]


def test_a_voice() -> None:
    """`--voice` holds for one command, `voices use` for all that follow."""
    assert run("voices", "add", "语气一", "--banned", "打孔").code == 0
    flags = (*FLAGS, "--platform", "小红书")
    assert not any("打孔" in variant["text"] for variant in written(*flags, "--voice", "语气一")["variants"])
    assert any("打孔" in variant["text"] for variant in written(*flags)["variants"])
    assert run("voices", "use", "语气一").code == 0
    assert not any("打孔" in variant["text"] for variant in written(*flags)["variants"])
    assert run("voices", "use", "--none").code == 0


# What is shown


def test_what_is_left_out_is_shown_with_its_article() -> None:
    """A refused claim and the number of variants stand below, with law and reason."""
    result = run("adcopy", *FLAGS, "--selling-point", "国家级工艺", "--platform", "小红书", "-n", "9")
    assert result.code == 0
    below = result.out.partition("没有用上的：")[2]
    assert "国家级工艺" in below and "《广告法》第九条" in below
    assert "小红书要 9 条" in below


def test_keywords_without_room_are_shown() -> None:
    """Each is named with the reason."""
    words = [part for number in range(8) for part in ("--keyword", f"阳台折叠晾衣架第{'一二三四五六七八'[number]}款")]
    result = run("adcopy", *FLAGS, "--platform", "淘宝标题", "-n", "1", *words)
    assert result.code == 0
    assert "关键词没放：" in result.out


def test_json_is_one_object_even_with_a_file(tmp_path: Path) -> None:
    """The file is told on stderr."""
    result = run("adcopy", *FLAGS, "-o", tmp_path / "copy.md", "--json")
    assert result.code == 0
    keys = "brief variants dropped writer gaps notes prompt usage left_out timings_ms"
    assert set(result.json) == set(keys.split())
    assert result.err == f"已存到 {tmp_path / 'copy.md'}\n"


# Files


def _text_of(path: Path) -> str:
    match path.suffix:
        case ".xlsx":
            book = openpyxl.load_workbook(path)
            return "\n".join(
                str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value
            )
        case ".docx":
            document = docx.Document(str(path))
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return "\n".join(cell for row in csv.reader(file) for cell in row)
        case ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines()
            return json.dumps([json.loads(line) for line in lines], ensure_ascii=False)
        case _:
            return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", ["md", "csv", "xlsx", "docx", "jsonl"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    """Every variant stands in the file with its id, whatever the format."""
    path = tmp_path / f"文案.{suffix}"
    result = run("adcopy", "--brief", "-", "-o", path, "--json", stdin=BRIEF.encode())
    assert result.code == 0
    told = _text_of(path)
    for variant in result.json["variants"]:
        first = next(iter(variant["fields"].values()))
        assert variant["id"] in told and (first if isinstance(first, str) else first[0]) in told


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    """What is there stays, unless `--force` is given."""
    path = tmp_path / "copy.md"
    path.write_text("旧", encoding="utf-8")
    assert "copy.md" in refused(run("adcopy", *FLAGS, "-o", path))[0]
    assert path.read_text(encoding="utf-8") == "旧"
    assert run("adcopy", *FLAGS, "-o", path, "--force").code == 0
    assert "不用打孔" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["copy.pdf", "copy", "copy.doc"])
def test_other_formats(tmp_path: Path, name: str) -> None:
    """They are refused before anything is written, and the formats named."""
    message, hint = refused(run("adcopy", *FLAGS, "-o", tmp_path / name))
    assert message and ".xlsx" in hint and ".docx" in hint
    assert not (tmp_path / name).exists()


# Exit codes


@pytest.mark.parametrize(
    "claim",
    [("--selling-point", "全国销量第一"), ("--selling-point", "根治失眠", "--selling-point", "最有效")],
    ids=["one", "all"],
)
def test_nothing_to_show_is_three(claim: tuple[str, ...]) -> None:
    """Finished, and no variant can be shown: 3, with the reason; the same with `--json`."""
    result = run("adcopy", "--product", "拾檐枕头", *claim, "--platform", "小红书")
    assert (result.code, result.err) == (3, "")
    assert "没有写出能用的文案" in result.out and "《广告法》" in result.out
    assert run("adcopy", "--product", "拾檐枕头", *claim, "--platform", "小红书", "--json").code == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "产品"),
        (("",), "产品"),
        (FLAGS[2:], "产品"),
        ((*FLAGS, "--platform", "小红薯薯"), "小红薯薯"),
        ((*FLAGS, "-n", "21"), "21"),
        ((*FLAGS, "-n", "-1"), "-1"),
        ((*FLAGS, "-n", "三"), "三"),
        ((*FLAGS, "--voice", "没有这个"), "没有这个"),
        ((*FLAGS, "--profile", "没有这个"), "没有这个"),
        (("--brief", "没有.yaml"), "没有.yaml"),
        ((*FLAGS, "--selling-pionts", "x"), "selling-pionts"),
    ],
)
def test_wrong_usage_is_two(arguments: tuple[str, ...], told: str) -> None:
    """Two lines on stderr, the first names what is wrong."""
    assert told in refused(run("adcopy", *arguments))[0]


@pytest.mark.parametrize("content", ["[1, 2]", "只是一句话", "a: [1", "", "卖点: {a: 1}", "product: 杯\ncolour: 红"])
def test_wrong_files_are_two(tmp_path: Path, content: str) -> None:
    """What is no brief is an error of the input."""
    path = tmp_path / "brief.yaml"
    path.write_text(content, encoding="utf-8")
    result = run("adcopy", "--brief", path)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("错误：") and "\n怎么办：" in result.err


def test_a_file_in_another_encoding_is_two(tmp_path: Path) -> None:
    """A brief in GBK is told, not guessed."""
    path = tmp_path / "brief.yaml"
    path.write_bytes(BRIEF.encode("gbk"))
    assert "brief.yaml" in refused(run("adcopy", "--brief", path))[0]


def test_none_is_two() -> None:
    """No variants asked for is an error as 21 are."""
    assert run("adcopy", *FLAGS, "-n", "0").code == 2


def test_problems_are_one_line(tmp_path: Path) -> None:
    """All problems at once, on one line."""
    path = tmp_path / "brief.yaml"
    path.write_text("product: ''\nselling_pionts: [a]\n", encoding="utf-8")
    message, _ = refused(run("adcopy", "--brief", path))
    assert "selling_pionts" in message and "产品" in message


def test_a_home_that_cannot_be_is_one(tmp_path: Path) -> None:
    """Any other error ends with 1."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = run("adcopy", *FLAGS, "--home", tmp_path / "file" / "home")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("错误：") and "\n怎么办：" in result.err


# A model


def test_a_model() -> None:
    """With `--model` the copy is the model's and labelled; without an answer rules write, and say why."""
    flags = ("--product", "拾檐晾衣架", "--selling-point", "不用打孔", "--platform", "小红书", "-n", "1")
    with serve(COPY["good"]) as stub:
        served = (*flags, "--model", "openai:stub", "--base-url", stub.base_url)
        shown = run("adcopy", *served)
        result = written(*served)
    assert shown.code == 0 and re.fullmatch(
        r"写作：模型 openai:stub；调用 1 次，输入 [\d,]+、输出 [\d,]+ token\n", shown.err
    )
    assert "本文由人工智能生成" in shown.out
    assert (result["writer"], result["variants"][0]["ai_generated"]) == ("chat:openai:stub", True)
    down = run("adcopy", *served)
    assert (down.code, down.err) == (0, "写作：规则（模型 openai:stub 没有用上）\n")
    assert "本文由人工智能生成" not in down.out and "规则" in down.out


# The commands around it


@pytest.mark.parametrize(
    ("arguments", "code", "keys"),
    [
        (("check", "全网最低价，7 天美白"), 3, {"text", "findings", "exempted", "not_checked"}),
        (("check", "拖布自己洗"), 0, {"text", "findings", "exempted", "not_checked"}),
        (("platforms",), 0, {"platforms"}),
        (("products", "list"), 0, {"products"}),
        (("voices", "list"), 0, {"voices"}),
        (("results",), 0, {"import", "report", "document"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_commands_around_it(arguments: tuple[str, ...], code: int, keys: set[str]) -> None:
    """All are commands of the program, and give one object with `--json`."""
    result = run(*arguments, "--json")
    assert (result.code, result.err) == (code, "")
    assert keys <= result.json.keys()


def test_from_copy_to_results_and_back(tmp_path: Path) -> None:
    """The ids of a draft come back with figures; what led is told, and leads and is cited in the next draft."""
    points = [part for point in ("不用打孔", "两床被套并排晾", "承重 30 千克") for part in ("--selling-point", point)]
    flags = ["--product", "回路晾衣架", *points, "--audience", "租房的人", "--platform", "小红书"]
    flags += ["--pain", "梅雨天阳台晾不下，床单搭在门上"]
    before = written(*flags, "-n", "4")["variants"]
    winner = before[-1]
    assert winner["angle"] not in [variant["angle"] for variant in before[:-1]]
    path = tmp_path / "data.csv"
    rows = [f"{variant['id']},20000,{1400 if variant is winner else 300}" for variant in before]
    path.write_text("\n".join(["编号,展示,点击", *rows]), encoding="utf-8")
    told = run("results", path)
    assert told.code == 0 and "计入 4 行" in told.out and "领先" in told.out
    after = run("adcopy", *flags, "-n", "4")
    assert "写法依据：" in after.out and "投放结果" in after.out
    again = written(*flags, "-n", "4")["variants"]
    assert again[0]["angle"] == winner["angle"]
    assert "投放结果" in again[0]["citations"][0]["title"]
