"""The run over a file of feedback: columns, masking, repeats, clusters, needs, ranks; no row is lost."""

import csv
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from copilot.diagnosis import Diagnosis, VoiceContext, VoiceReport
from copilot.errors import InputError
from copilot.export.voice import write_report
from copilot.voices.like import read_earlier
from copilot.voices.run import analyse
from copilot.writers.rules.voice.read import read_voice

CODES = (
    "换手机后收不到验证码", "换了新手机，验证码一直收不到", "新手机登录收不到验证码，急死了", "验证码收不到，换手机以后就这样",
    "换手机后验证码收不到，登录不了", "手机换了，登录验证码就是收不到",
)  # fmt: skip
NIGHT = (
    "希望增加深色模式，晚上看太刺眼", "建议加深色模式，夜里白色背景刺眼", "能不能出深色模式，晚上躺床上看太刺眼了",
    "求深色模式，夜里开着太亮刺眼", "希望有深色模式，半夜看屏幕刺眼睛",
)  # fmt: skip
PRAISE = ("客服小姐姐很耐心，点赞", "客服态度很好，给个赞", "客服回复快又耐心，好评", "客服很耐心，五星好评")
HEADER = ("用户ID", "反馈内容", "提交时间")


def told(text: str, context: VoiceContext) -> Diagnosis:
    """A small diagnosis of the reading alone."""
    reading = read_voice(text)
    made = Diagnosis(reading.voice, reading.kind, reading.enough, "先追问", f"本周联系 {context.users} 人")
    spans: dict[str, Any] = dict(reading.spans)
    return replace(made, **spans)


def table(path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    """Write a csv file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def mixed() -> list[tuple[str, str, str]]:
    """20 rows: three things that people say, a repeat, junk, a blank one, a telephone."""
    texts = [*CODES, *NIGHT, *PRAISE]
    rows = [(f"user_{n}@corp.example", text, f"2026-10-{n + 1:02d}") for n, text in enumerate(texts)]
    rows.append(("user_0@corp.example", "换手机后收不到验证码！", "2026-10-20"))
    rows.append(("user_30@corp.example", "我的电话13812345678，换手机后收不到验证码", "2026-10-21"))
    rows += [("u31", "RT", "2026-10-21"), ("u32", "", "2026-10-22"), ("u33", "发票抬头填错能改吗", "2026-10-22")]
    return rows


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> VoiceReport:
    """The report of `mixed`."""
    return analyse(table(tmp_path_factory.mktemp("voices") / "反馈.csv", mixed()), diagnose=told)


def of_text(report: VoiceReport, part: str) -> int:
    """The cluster of the first row that holds `part`."""
    return next(voice.cluster for voice in report.voices if part in voice.text)


def test_every_row_is_there_once(report: VoiceReport) -> None:
    """Rows, sizes and the rest add up."""
    assert [voice.row for voice in report.voices] == list(range(1, 21))
    assert sum(cluster.size for cluster in report.clusters) + len(report.unclustered) == report.rows == 20
    assert sum(report.by_kind.values()) == 20
    assert all((voice.cluster == 0) == bool(voice.reason) for voice in report.voices)


def test_columns_are_found_by_name(report: VoiceReport) -> None:
    """The report says what the columns were taken for."""
    assert report.columns == {"voice": "反馈内容", "user": "用户ID", "date": "提交时间"}


def test_what_says_the_same_is_together(report: VoiceReport) -> None:
    """The voices about codes are in one cluster, those about the night in another."""
    assert len({voice.cluster for voice in report.voices if "验证码" in voice.text}) == 1
    assert len({voice.cluster for voice in report.voices if "深色" in voice.text}) == 1
    assert 0 < of_text(report, "验证码") != of_text(report, "深色") > 0


def test_a_label_is_the_obstacle_with_its_people(report: VoiceReport) -> None:
    """The members' own words, then distinct users (D7)."""
    cluster = report.clusters[of_text(report, "验证码") - 1]
    assert cluster.label.endswith("（7 人）") and cluster.users == 7
    assert "验证码" in cluster.label and "收不到" in cluster.label


def test_a_person_counts_once(report: VoiceReport) -> None:
    """The repeat stays in the list, with the row that it repeats."""
    repeat = report.voices[15]
    assert repeat.same_as == 1 and repeat.cluster == report.voices[0].cluster and repeat.times == 2
    cluster = report.clusters[repeat.cluster - 1]
    assert (cluster.size, cluster.users) == (8, 7)


def test_personal_data_is_nowhere(report: VoiceReport) -> None:
    """Telephones are masked, users have codes."""
    whole = json.dumps(report.to_dict(), ensure_ascii=False)
    assert "13812345678" not in whole and "corp.example" not in whole
    assert "〔手机〕" in report.voices[16].text and any("遮盖" in note for note in report.notes)
    assert report.voices[0].user == report.voices[15].user == "用户1"


def test_rows_in_no_cluster_say_why(report: VoiceReport) -> None:
    """Junk, blank and lone voices, each with its own reason."""
    reasons = {entry["row"]: str(entry["reason"]) for entry in report.unclustered}
    assert "附和" in reasons[18] and "空的" in reasons[19] and "没有别人提" in reasons[20]


def test_the_score_is_people_times_intensity(report: VoiceReport) -> None:
    """The formula is shown with the figures of every cluster."""
    for cluster in report.clusters:
        assert cluster.score == round(cluster.asking * cluster.intensity, 1)
        assert f"第 {cluster.id} 类：{cluster.asking} 人 × {cluster.intensity:g} = {cluster.score:g}" in report.formula
    asking = [cluster.score for cluster in report.clusters if "praise" not in cluster.kinds]
    assert asking == sorted(asking, reverse=True)


def test_praise_stands_behind(report: VoiceReport) -> None:
    """However many praise."""
    assert report.clusters[-1].kinds == {"praise": 4}
    assert report.clusters[-1].needs == ()


def test_quotes_are_rows_word_for_word(report: VoiceReport) -> None:
    """Representatives are members, quotes their texts, of different people."""
    for cluster in report.clusters:
        rows = [report.voices[row - 1] for row in cluster.representatives]
        assert [voice.text for voice in rows] == list(cluster.quotes)
        assert {voice.cluster for voice in rows} == {cluster.id}
        assert len({voice.user for voice in rows}) == len(rows)
        assert cluster.diagnosis.voice == cluster.quotes[0]


def test_needs_hold_rows_of_their_cluster(report: VoiceReport) -> None:
    """Each share counts people among the members; who gives no reason is told apart."""
    for cluster in report.clusters:
        members = {voice.row for voice in report.voices if voice.cluster == cluster.id}
        assert all(set(share.rows) <= members and 0 < share.users <= len(share.rows) for share in cluster.needs)


def test_the_diagnosis_knows_the_cluster(tmp_path: Path) -> None:
    """Size, users and kinds go to the writer, so that options can be called data."""
    seen: list[VoiceContext] = []

    def listening(text: str, context: VoiceContext) -> Diagnosis:
        seen.append(context)
        return told(text, context)

    report = analyse(table(tmp_path / "a.csv", mixed()), diagnose=listening)
    assert [(c.size, c.users, c.kinds) for c in report.clusters] == [(s.size, s.users, s.kinds) for s in seen]
    assert {(s.rows, s.people) for s in seen} == {(18, 17)} and report.people == 17


def test_dates_make_a_trend(report: VoiceReport, tmp_path: Path) -> None:
    """All clusters count by the same periods; without dates there is none, and a note."""
    assert len({tuple(period for period, _ in cluster.trend) for cluster in report.clusters}) == 1
    assert all(sum(count for _, count in cluster.trend) == cluster.size for cluster in report.clusters)
    bare = analyse(table(tmp_path / "a.csv", [(text,) for text in CODES], ("反馈",)), diagnose=told)
    assert bare.clusters[0].trend == () and any("日期" in note for note in bare.notes)


def test_shuffled_rows_give_the_same_clusters(tmp_path: Path) -> None:
    """Clusters by their texts, labels and scores."""

    def seen(rows: list[tuple[str, str, str]]) -> set[tuple[str, float, frozenset[str]]]:
        report = analyse(table(tmp_path / "a.csv", rows), diagnose=told)
        texts = {c.id: frozenset(v.text for v in report.voices if v.cluster == c.id) for c in report.clusters}
        return {(cluster.label, cluster.score, texts[cluster.id]) for cluster in report.clusters}

    rows = mixed()
    before = seen(rows)
    random.Random(7).shuffle(rows)
    assert seen(rows) == before


def test_the_column_is_found_by_content(tmp_path: Path) -> None:
    """Names that say nothing: the column with long and different texts, and a note."""
    rows = [(str(n), "iOS", text) for n, text in enumerate([*CODES, *NIGHT])]
    report = analyse(table(tmp_path / "a.csv", rows, ("序号", "端", "Q3")), diagnose=told)
    assert report.columns == {"voice": "Q3"} and any("按内容" in note for note in report.notes)


def test_a_named_column_of_grades_is_no_feedback(tmp_path: Path) -> None:
    """评价 holds stars, the texts stand elsewhere."""
    rows = [(str(n % 5 + 1), text) for n, text in enumerate([*CODES, *NIGHT])]
    report = analyse(table(tmp_path / "a.csv", rows, ("评价", "详细情况")), diagnose=told)
    assert report.columns["voice"] == "详细情况"


@pytest.mark.parametrize("flag", ["column", "user", "date"])
def test_an_unknown_column_is_told_with_the_header(flag: str, tmp_path: Path) -> None:
    """The message names the flag and the columns there are."""
    with pytest.raises(InputError) as caught:
        analyse(table(tmp_path / "a.csv", mixed()), diagnose=told, **{flag: "不存在"})  # type: ignore[arg-type]
    assert f"--{flag}" in caught.value.message and "反馈内容" in caught.value.message


def test_a_column_is_told_by_number(tmp_path: Path) -> None:
    """From 1."""
    report = analyse(table(tmp_path / "a.csv", mixed(), ("a", "b", "c")), diagnose=told, column="2", user="1", date="3")
    assert report.columns == {"voice": "b", "user": "a", "date": "c"} and report.people == 17


def test_a_file_without_feedback_is_refused(tmp_path: Path) -> None:
    """Numbers alone are none."""
    with pytest.raises(InputError, match="没有一列像用户反馈"):
        analyse(table(tmp_path / "a.csv", [("1", "2"), ("3", "4")], ("甲", "乙")), diagnose=told)


def test_without_users_long_equal_texts_are_one_person(tmp_path: Path) -> None:
    """Short ones are said by many in the same words."""
    rows = [("太卡了",)] * 3 + [("每次打开首页都要等十秒钟才能点，太卡了",)] * 3
    report = analyse(table(tmp_path / "a.csv", rows, ("反馈",)), diagnose=told)
    assert report.people == 4 and any("没有用户列" in note for note in report.notes)


def test_a_text_without_header_loses_no_line(tmp_path: Path) -> None:
    """The first line is a voice as well."""
    path = tmp_path / "a.txt"
    path.write_text("\n".join(CODES[1:]), encoding="utf-8")
    report = analyse(path, diagnose=told)
    assert report.rows == 5 and report.voices[0].text == CODES[1]
    assert any("每一行当作一条" in note for note in report.notes)


def test_a_column_without_header_loses_no_line(tmp_path: Path) -> None:
    """The name of the only column is a sentence: it is a voice as well."""
    rows = [(text.replace("，", " "),) for text in CODES]
    report = analyse(table(tmp_path / "a.csv", rows, ("登录太慢了！",)), diagnose=told)
    assert report.rows == 7 and report.voices[0].text == "登录太慢了！"
    assert any("不像列名" in note for note in report.notes)


def test_jsonl_and_damaged_rows(tmp_path: Path) -> None:
    """A line that is no object is a row with its reason; a list of texts is one voice."""
    lines = [json.dumps({"content": text, "uid": n}) for n, text in enumerate(CODES)]
    lines += ["{broken 13812345678", json.dumps({"content": ["换手机后收不到", "验证码"], "uid": 9})]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    report = analyse(path, diagnose=told)
    assert report.rows == 8 and "13812345678" not in json.dumps(report.to_dict(), ensure_ascii=False)
    assert "不是 JSON 对象" in report.voices[6].reason and report.voices[7].text == "换手机后收不到\n验证码"


def test_grave_voices_are_named_first(tmp_path: Path) -> None:
    """One voice about an injury must not drown."""
    rows = [*mixed(), ("u40", "充电的时候着火了，烫伤了手", "2026-10-23")]
    report = analyse(table(tmp_path / "a.csv", rows), diagnose=told)
    assert report.notes[0] == "要逐条先看：涉及人身安全的 1 条，第 21 行"


def test_a_broad_cluster_tells_its_several_things(tmp_path: Path) -> None:
    """Told to be one cluster, two subjects are named by the larger one and both are counted."""
    ends = ("", "，急", "，麻烦看看", "，请处理", "，好几天了", "，谢谢", "，快点修")
    texts = [f"{text}{end}" for text in (*CODES[:4], *NIGHT[:3]) for end in ends]
    rows = [(f"u{n}", text, "2026-10-01") for n, text in enumerate(texts)]
    report = analyse(table(tmp_path / "a.csv", rows), diagnose=told, clusters=1)
    (cluster,) = report.clusters
    assert cluster.users == 49 and len(cluster.wants) >= 2
    assert cluster.label == f"{cluster.wants[0].need}（{cluster.wants[0].users} 人）等，共 49 人"
    assert cluster.representatives[0] in cluster.wants[0].rows


@pytest.mark.parametrize(
    ("texts", "clustered"),
    [
        pytest.param(["快递三天没到", "发票抬头填错了", "晚上看太刺眼"], 0, id="unlike"),
        pytest.param([CODES[0], CODES[3], "快递三天没到"], 2, id="two alike"),
        pytest.param(["快递三天没到", "快递三天没到"], 2, id="the same words"),
    ],
)
def test_a_few_rows_are_not_one_thing_for_being_few(texts: list[str], clustered: int, tmp_path: Path) -> None:
    """Three rows about three things are no cluster of three people."""
    report = analyse(table(tmp_path / "a.csv", [(text,) for text in texts], ("反馈",)), diagnose=told)
    assert sum(cluster.size for cluster in report.clusters) == clustered


# An earlier report


def edited(path: Path, sheet: str, change: dict[tuple[str, str], tuple[str, object]]) -> None:
    """In each row where column = value, write: {(column, value): (other column, new value)}."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    names = [cell.value for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        cells = dict(zip(names, row, strict=True))
        for (column, value), (other, new) in change.items():
            if str(cells[column].value).startswith(value):
                cells[other].value = new
    book.save(path)


def test_new_voices_join_an_earlier_report(report: VoiceReport, tmp_path: Path) -> None:
    """A cluster that the user has renamed keeps its name; what fits nowhere opens a new one."""
    path = tmp_path / "上次.xlsx"
    write_report(report, path)
    number = of_text(report, "验证码")
    edited(path, "聚类", {("编号", str(number)): ("类名", "新机登录")})
    new = [("n1", "换手机后收不到验证码啊", "2026-11-01"), ("n2", "手机换了收不到登录验证码", "2026-11-01")]
    new += [(end, f"发票抬头填错了{end}", "2026-11-02") for end in ("怎么改", "不能改", "要重开", "改不了")]
    after = analyse(table(tmp_path / "b.csv", new), diagnose=told, like=read_earlier(path))
    assert {voice.cluster for voice in after.voices[:2]} == {of_text(after, "验证码")} != {0}
    assert after.clusters[of_text(after, "验证码") - 1].label == "新机登录（2 人）"
    assert of_text(after, "发票") not in (0, of_text(after, "验证码"))
    assert any("按上次的报告归类" in note for note in after.notes)


def test_rows_moved_by_hand_stay_moved(report: VoiceReport, tmp_path: Path) -> None:
    """Merged by number, moved by name, locked: the file is read as the user left it."""
    path = tmp_path / "上次.xlsx"
    write_report(report, path)
    codes, night = of_text(report, "验证码"), of_text(report, "深色")
    edited(path, "明细", {("类编号", str(night)): ("类编号", codes), ("原话", PRAISE[0]): ("类名", "夸客服")})
    edited(path, "聚类", {("编号", str(codes)): ("锁定", "是")})
    anchors = read_earlier(path).anchors
    merged = next(anchor for anchor in anchors if CODES[0] in anchor.texts)
    assert NIGHT[0] in merged.texts and merged.locked
    assert next(anchor for anchor in anchors if anchor.texts == (PRAISE[0],)).name == "夸客服"
    rows = [("a", CODES[0], ""), ("b", NIGHT[0], "")]
    again = analyse(table(tmp_path / "b.csv", rows), diagnose=told, like=read_earlier(path))
    assert {voice.cluster for voice in again.voices} == {1}


def test_a_json_report_is_read_too(report: VoiceReport, tmp_path: Path) -> None:
    """The same clusters as from the workbook."""
    write_report(report, tmp_path / "a.json")
    write_report(report, tmp_path / "a.xlsx")
    from_json, from_xlsx = (read_earlier(tmp_path / name).anchors for name in ("a.json", "a.xlsx"))
    assert {(a.name, frozenset(a.texts)) for a in from_json} == {(a.name, frozenset(a.texts)) for a in from_xlsx}


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.xlsx"])
def test_what_is_no_report_is_refused(name: str, tmp_path: Path) -> None:
    """Another file, with what to give instead."""
    path = tmp_path / name
    if name == "a.xlsx":
        openpyxl.Workbook().save(path)
    else:
        path.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError):
        read_earlier(path)
