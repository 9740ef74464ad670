"""Batches → HTML: a table and what its columns are taken for, what a run would take, jobs and what became of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from copilot.batch.columns import Task
from copilot.batch.flat import Channels, flat_result
from copilot.batch.job import Estimate, Progress
from copilot.batch.jobs import BUSY, JobView
from copilot.batch.preview import Preview, task_keys
from copilot.batch.repeats import Repeated, Repeats, repeats_lines
from copilot.knowledge import read
from ui.render import empty, note, table, text

TASKS = {"adcopy": "写文案", "ask": "问答", "diagnose": "诊断反馈"}

_COLUMNS = 100  # of a table, that are listed
_CELL = 40  # characters of a cell of the input
_RESULT = 200  # characters of a result
_STATES = {
    "waiting": ("排队中", "info"), "running": ("正在做", "info"), "stopping": ("正在停", "info"),
    "paused": ("已暂停", "warn"), "stopped": ("已停下", "warn"), "interrupted": ("没做完", "warn"),
    "done": ("做完了", "good"), "failed": ("出错了", "bad"),
}  # fmt: skip
_STOPPED = {
    "interrupted": "已经停下，做完的都存好了。点“继续”接着做。",
    "circuit": "模型连续出错，先停下了。看下面的原因，修好后点“继续”。",
    "hopeless": "模型用不了，再试也一样，先停下了。看下面的原因，改好设置后点“继续”。",
    "budget": "预算用完了，停在超出之前。把预算加上去，点“继续”接着做。",
}
_INTERRUPTED = "上次没有做完就停了（程序关过，或还没轮到它）。做好的行都在，点“继续”接着做。"
_HEADS = {"adcopy": "第一条文案", "ask": "答案", "diagnose": "结论"}
_SHOWN = {"adcopy": "v1.text", "ask": "answer", "diagnose": "verdict"}


def plain(message: str) -> str:
    """Return a message of the command line in words of the page."""
    for pattern, words in read("batch_page")["words"]:
        message = re.sub(pattern, words, message)
    return message


def hint(task: Task) -> str:
    """What a table for this task looks like, where none has been uploaded."""
    ways = "第一行写列名，下面一行一条；每个文件最多 200 MB。", "没有现成的表格，就下载示例表格，照着填。"
    return empty(read("batch_page")["columns"][task], *ways)


def refused(message: str, advice: str) -> str:
    """Why a table cannot be used."""
    return note(f"{plain(message).rstrip('。')}。{plain(advice)}", "bad")


def columns(found: Preview, task: Task) -> str:
    """The table's columns with what each is taken for, to be chosen, and its first cells."""
    keys = task_keys(task)
    rows = []
    for place, name in enumerate(found.header[:_COLUMNS]):
        cells = "".join(f"<td>{text(_cell(row, place))}</td>" for row in found.rows)
        why = plain(found.reasons[place])
        said = f'<span class="oc-dim">{text(why)}</span>' if why and why != "不认识" else ""
        rows.append(
            f'<tr><th scope="row">{text(name)}</th><td class="oc-batch-as">'
            f"{_select(place, name, found.keys[place], keys)}{said}</td>{cells}</tr>"
        )
    heads = "".join(f'<th scope="col">第 {n} 行</th>' for n in range(1, len(found.rows) + 1))
    more = len(found.header) - _COLUMNS
    notes = [*map(plain, found.notes), *([f"还有 {more} 列没有列出，按列名认出的照样用"] if more > 0 else [])]
    return (
        f"{_understood(found, keys)}"
        '<div class="oc-wide" tabindex="0" role="region" aria-label="每一列当作什么">'
        '<table class="oc-table oc-batch-columns"><caption>每一列当作什么（不用的列会原样带到结果里）</caption>'
        f'<thead><tr><th scope="col">列名</th><th scope="col">当作</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        f"{_dim(notes)}"
    )


def _understood(found: Preview, keys: Mapping[str, str]) -> str:
    if found.lacking:
        return note(f"没有认出哪一列是“{found.lacking}”。请在“当作”一栏选定它。", "bad")
    used = [keys[key] for key in dict.fromkeys(filter(None, found.keys))]
    return note(
        f"认出了 {len(used)} 项：{'、'.join(used)}。不对就在“当作”一栏改。" if used else "用产品档案里的内容写。"
    )


def _select(place: int, name: str, key: str, keys: Mapping[str, str]) -> str:
    options = "".join(
        f'<option value="{text(one)}"{" selected" if one == key else ""}>{text(label)}</option>'
        for one, label in {"": "（不用）", **keys}.items()
    )
    used = "" if key else " oc-batch-unused"
    return (
        f'<select class="oc-batch-select{used}" data-column="{place}" aria-label="{text(name)} 当作">{options}</select>'
    )


def _cell(row: Sequence[Any], place: int) -> str:
    value = row[place] if place < len(row) else ""
    return _short("、".join(map(str, value)) if isinstance(value, list) else value, _CELL)


def _short(value: object, most: int) -> str:
    said = "" if value is None else " ".join(str(value).split())
    return said if len(said) <= most else f"{said[:most]}…"


def estimate(found: Estimate, model: str, budget: str) -> str:
    """What a run would take: rows, those that cannot be used and why, tokens, money and where the price is from."""
    lines = [
        f"共 {found.rows} 行，能做 {found.pending} 行" + (f"，{found.unusable} 行用不了" if found.unusable else "")
    ]
    if not model:
        lines.append("用规则写，不用模型：不花钱")
    else:
        way = "按估算的字数" if found.token_method == "estimate" else f"按 {found.token_method}"
        total = found.input_tokens + found.output_tokens
        lines.append(
            f"{model} 约用 {total:,} tokens（送出 {found.input_tokens:,}，收回 {found.output_tokens:,}；{way}）"
        )
        price = (
            f"约 {found.cost}"
            if found.cost
            else f"算不出：价格表里没有 {model}，在资料目录的 prices.yaml 里写上它的价格"
        )
        lines.append(f"费用：{price}")
        lines += [f"价格：{found.price}"] if found.price else []
        lines.append(f"预算 {budget} 元，到头之前会停下" if budget else "没有填预算，会一直做完")
    items = "".join(f"<li>{text(line)}</li>" for line in lines)
    return f'<div class="oc-card oc-batch-estimate" role="status"><ul>{items}</ul>{_reasons(found.reasons)}</div>'


def jobs(listed: Sequence[JobView], chosen: str) -> str:
    """The jobs of this browser, newest first."""
    if not listed:
        return empty("还没有任务。在上面传一张表格，试算之后点“开始”。")
    items = "".join(_item(job, job.number == chosen) for job in listed)
    return (
        f'<nav aria-label="我的任务"><ul class="oc-batch-jobs">{items}</ul></nav>'
        '<p class="oc-dim">任务在后台做，关掉这个网页也不停。只有这个浏览器找得到它们：'
        "换一台电脑或清掉浏览器数据就找不到了，请先下载结果。</p>"
    )


def _item(job: JobView, current: bool) -> str:
    word, kind = _STATES[job.state]
    css = "oc-batch-job oc-batch-current" if current else "oc-batch-job"
    return (
        f'<li><button type="button" class="{css}" data-act="open" data-number="{text(job.number)}"'
        f' aria-pressed="{"true" if current else "false"}"><strong>{text(job.label)}</strong>'
        f'<span class="oc-dim">{TASKS.get(job.task, "")} · {text(_when(job.created))}</span>'
        f'<span class="oc-batch-state oc-{kind}">{word}</span></button></li>'
    )


def _when(created: str) -> str:
    return f"{created[5:10].replace('-', '/')} {created[11:16]}" if created else ""


def job(one: JobView) -> str:
    """One job: how far it is, or what became of it."""
    if one.state in BUSY:
        body = _running(one)
    elif one.state == "failed":
        body = note(f"没有做成：{plain(one.error).rstrip('。')}。{plain(one.hint)}", "bad")
    else:
        body = _report(one) if one.report else note(_INTERRUPTED, "warn")
    return f'<section class="oc-card oc-batch-detail" aria-label="任务"><h3>{text(one.label)}</h3>{body}</section>'


def results(one: JobView, lines: Sequence[Mapping[str, Any]], channels: Channels | None = None) -> str:
    """The first results of a job that is at rest, what its texts have in common, what was assumed of its table."""
    if not lines:
        return ""
    rows = [(line["row"], *_result(one.task, line, channels)) for line in lines]
    shown = table(("行", "做的是", _HEADS[one.task]), rows, f"前 {len(rows)} 行的结果（全部请下载）")
    report = one.report or {}
    notes = [*repeats_lines(_repeats(report["repeats"])), *map(plain, report["notes"])] if report else []
    return f'<section class="oc-batch-results" aria-label="结果">{shown}{_dim(notes)}</section>'


def _running(one: JobView) -> str:
    if one.state == "waiting":
        return f"<p>排队中，前面还有 {one.ahead} 个任务。</p>"
    if one.progress is None:
        return "<p>正在准备：读表格，启动写作…</p>" if one.state == "running" else "<p>正在停…</p>"
    doing = "正在停：等手上的行做完…" if one.state == "stopping" else "正在做…"
    return f"<p>{doing}</p>{progress(one.progress)}"


def progress(now: Progress) -> str:
    """How far a run is; said by no screen reader by itself, as it changes every second."""
    parts = [f"{now.done} / {now.rows} 行"]
    parts += [f"失败 {now.failed}"] if now.failed else []
    if now.rate and now.done < now.rows:
        parts += [f"每秒 {now.rate:.3g} 行", f"还要约 {_time(now.eta_s)}"]
    parts += [f"{now.tokens:,} tokens", f"已花 {now.spent}"] if now.tokens else []
    bar = f'<progress class="oc-batch-bar" max="{now.rows}" value="{now.done}" aria-label="做了多少行"></progress>'
    return f"{bar}<p>{text(' · '.join(parts))}</p>"


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} 秒"
    return f"{seconds / 60:.0f} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"


def _report(one: JobView) -> str:
    report = one.report or {}
    failed, left = report["failed"], report["not_done"]
    counts = [f"共 {report['rows']} 行", f"做好 {report['ok']}"]
    counts += [f"失败 {failed}"] if failed else []
    counts += [f"没做 {left}"] if left else []
    counts += [f"用时 {_time(report['seconds'])}"]
    counts += [f"{report['tokens']:,} tokens", f"一共花了 {report['spent']}"] if report["tokens"] else []
    kind = "warn" if failed or left else "good"
    said = _STOPPED.get(report["stopped"], "") or ("还有行没做，点“继续”接着做。" if left else "")
    return note("，".join(counts) + "。" + said, kind) + _reasons(report["reasons"])


def _repeats(told: Mapping[str, Any]) -> Repeats:
    """The record that a report's JSON was made of."""
    groups = {
        name: tuple(Repeated(**one | {"rows": tuple(one["rows"])}) for one in told[name])
        for name in ("openings", "alike", "equal")
    }
    return Repeats(**{**told, **groups})


def _dim(lines: Iterable[str]) -> str:
    return "".join(f'<p class="oc-dim">{text(line)}</p>' for line in lines)


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> str:
    """Why rows failed; that some were not worked on yet is no reason, and said elsewhere."""
    untouched = read("batch_run")["not_done"].values()
    items = []
    for reason in (one for one in reasons if one["reason"] not in untouched):
        rows = "、".join(map(str, reason["rows"])) + ("…" if reason["count"] > len(reason["rows"]) else "")
        items.append(f"<li><strong>{reason['count']} 行</strong>（第 {rows} 行）：{text(plain(reason['reason']))}</li>")
    return f'<p>这些行为什么不行：</p><ul class="oc-batch-reasons">{"".join(items)}</ul>' if items else ""


def _result(task: str, line: Mapping[str, Any], channels: Channels | None) -> tuple[str, str]:
    if line["status"] != "ok":
        return "", f"失败：{_short(plain(line['error']), _RESULT)}"
    result = line["result"]
    about = result["brief"]["product"] if task == "adcopy" else result["question" if task == "ask" else "voice"]
    return _short(about, _CELL), _short(flat_result(task, result, channels)[_SHOWN[task]], _RESULT)
