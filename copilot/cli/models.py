"""`models list|check|pull`."""

from contextlib import closing
from typing import Any

import click

from copilot.cli.chinese import ChineseGroup
from copilot.cli.common import json_option, print_json, progress, with_settings
from copilot.settings import Settings

_NAMES = {"embedding": "向量模型", "reranker": "重排模型", "chat": "对话模型", "library": "资料库"}
_UNSET = {"reranker": "没有设置，不用", "chat": "没有设置，按规则写作", "library": "向量模型载入之后才能比较"}
_SETTING = {"embedding": "OPS_COPILOT_EMBEDDING", "reranker": "OPS_COPILOT_RERANKER"}


def register(cli: click.Group) -> None:
    """Add the commands."""
    if models.name not in cli.commands:
        cli.add_command(models)


@click.group(cls=ChineseGroup, short_help="查看、检查、下载模型。")
def models() -> None:
    """向量模型、重排模型和对话模型：能用哪些，现在用的好不好，从网上取一个。

    \b
    例：
      ops-copilot models list
      ops-copilot models check
    """


@models.command("list", short_help="列出可以用的模型。")
@json_option
@with_settings(model=True)
def list_models(as_json: bool, settings: Settings) -> None:
    """列出可以用的模型，标出已在本机的和正在用的；不联网。

    \b
    例：
      ops-copilot models list
    """
    found = _known(settings)
    if as_json:
        print_json(found)
        return
    for kind, title in (("embeddings", "向量模型"), ("rerankers", "重排模型")):
        click.echo(f"{title}（{_SETTING[kind[:-1]]}）")
        for m in found[kind]:
            size = f"{m['dimension']:>5} 维 " if m["dimension"] else " " * 9 if kind == "embeddings" else ""
            state = "正在用" if m["used"] else "已在本机" if m["local"] else "未下载"
            about = "，".join(filter(None, (m["languages"], m["license"])))
            click.echo(f"  {m['name']:<28}{size}{m['megabytes']:>5} MB  {state}  {about}".rstrip())
    click.echo("对话模型（OPS_COPILOT_MODEL、OPS_COPILOT_BASE_URL）")
    for m in found["chat"]:
        click.echo(f"  {m['model']:<28}{m['base_url']}  {m['name']}{'  正在用' if m['used'] else ''}")
    click.echo("下载：ops-copilot models pull 名字。除 builtin 外都没有在本项目里测过。", err=True)


@models.command(short_help="检查正在用的模型，各试一次。")
@json_option
@with_settings(model=True)
def check(as_json: bool, settings: Settings) -> int:
    """载入向量模型和重排模型，与资料库比较；设了对话模型就调用它两次，每次几个字：多快、能不能边写边显示、能不能按格式输出、上下文多大。

    \b
    例：
      ops-copilot models check
      ops-copilot models check --embedding 模型/bge-small-zh-v1.5
    """
    from copilot.model_check import check_models

    results = check_models(settings)
    if as_json:
        print_json(results)
    else:
        for part, result in results.items():
            click.echo(f"{_NAMES[part]}：{_UNSET[part]}" if result is None else _line(part, result))
    return 0 if all(result["ok"] for result in results.values() if result) else 1


@models.command(short_help="从网上下载一个模型。")
@click.argument("name")
@json_option
@with_settings()
def pull(name: str, as_json: bool, settings: Settings) -> None:
    """从 Hugging Face 下载 NAME，载入一次，说出怎么设置；断了再运行一次会接着取。

    连不上 huggingface.co 时用环境变量 HF_ENDPOINT 指定镜像。

    \b
    例：
      ops-copilot models pull BAAI/bge-small-zh-v1.5
      HF_ENDPOINT=https://hf-mirror.com ops-copilot models pull BAAI/bge-reranker-base
    """
    from copilot.embedding import files
    from copilot.embedding.pull import pull as fetch
    from copilot.model_check import embedding_report, reranker_report, takes_chats

    with closing(progress("下载", of_bytes=True)) as bar:
        folder = fetch(name, bar)
    kind: str = files.kind(folder)
    if kind == "either":
        kind = "reranker" if "rerank" in name.casefold() else "chat" if takes_chats(folder) else "embedding"
    if kind == "chat":  # not loaded for a look: it may be 15 GB
        report: dict[str, Any] = {"name": name, "path": str(folder), "bytes": files.size(folder)}
    else:
        report = reranker_report(name)[1] if kind == "reranker" else embedding_report(name)[1]
    setting = f"OPS_COPILOT_MODEL=huggingface:{name}" if kind == "chat" else f"{_SETTING[kind]}={name}"
    if as_json:
        print_json({"kind": kind, "setting": setting, **report})
        return
    if kind == "chat":
        click.echo(f"✓ 对话模型：{name}，{report['bytes'] / 1e6:.1f} MB\n    {folder}")
    else:
        click.echo(_line(kind, report | {"ok": True}))
    click.echo(f"要用它：{setting}")
    if kind == "chat":
        click.echo('设好之后运行 ops-copilot models check 试一次；要先装 pip install "ops-copilot[huggingface]"。')
    if kind == "embedding":
        click.echo("设好之后运行 ops-copilot library rebuild。")


def _known(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    from copilot.embedding import BUILTIN, files, load_embedding
    from copilot.knowledge import read

    builtin = {
        "name": "builtin",
        "dimension": load_embedding().dimension,
        "megabytes": round(files.size(BUILTIN) / 1e6),
        "languages": "中文、英文",
        "license": "随程序",
        "local": True,
        "used": settings.embedding == "builtin",
    }

    chat = [
        m | {"used": (settings.model, settings.base_url) == (m["model"], m["base_url"])} for m in read("models")["chat"]
    ]
    return {
        "embeddings": [builtin, *_entries(read("models")["embeddings"], settings.embedding)],
        "rerankers": _entries(read("models")["rerankers"], settings.reranker),
        "chat": chat,
    }


def _entries(known: list[dict[str, Any]], used: str) -> list[dict[str, Any]]:
    """Return the entries of the data file, and one for what is set and not among them."""
    from copilot.embedding import files

    blank = {"dimension": None, "languages": "", "license": ""}
    shown = [{key: value for key, value in entry.items() if key != "query"} for entry in known]
    if used not in ("", "builtin", *(entry["name"] for entry in known)):
        folder = files.find(used)
        shown.append({"name": used, "megabytes": round(files.size(folder) / 1e6) if folder else 0})
    for entry in shown:
        folder = files.find(entry["name"])
        entry["local"] = folder is not None and files.is_whole(folder)
        entry["used"] = entry["name"] == used
    return [blank | entry for entry in shown]


def _line(part: str, result: dict[str, Any]) -> str:
    name = _NAMES[part]
    if not result["ok"]:
        return f"✗ {name}：{result['message']}；{result['hint']}"
    if part == "library":
        figures = f"与向量模型一致，{result['documents']} 篇，{result['chunks']} 段"
        return f"✓ {name}：{'还没有建，第一次使用时自动建' if result['state'] == 'empty' else figures}"
    if part == "chat":
        from copilot.model_check import chat_facts

        return "\n    ".join([f"✓ {name}：{result['name']}", *chat_facts(result)])
    size = f"{result['dimension']} 维，" if "dimension" in result else ""
    lines = [f"✓ {name}：{result['name']}，{size}{result['bytes'] / 1e6:.1f} MB，指纹 {result['fingerprint']}"]
    lines.append(f"    {result['path']}")
    prompts = {"提问": result.get("query_prompt"), "段落": result.get("document_prompt")}
    lines += [f"    {side}前加“{prompt}”" for side, prompt in prompts.items() if prompt]
    return "\n".join(lines)
