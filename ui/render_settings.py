"""Settings, the test of the models, saved products and voices → HTML. No key and no password ever gets in here."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from copilot import __version__
from copilot.knowledge import read
from copilot.model_check import chat_facts
from copilot.settings import Settings
from ui.render import button, empty, note, table, text

_FROM = {"environment": "环境变量", ".env": ".env 文件", "default": "默认", "given": "启动时的选项"}
_NAMES = {"embedding": "向量模型", "reranker": "重排模型", "chat": "对话模型", "library": "资料库"}
_UNSET = {"reranker": "没有设置，不用", "chat": "没有设置，按规则写作", "library": "向量模型载入之后才能比较"}
_DOING = {
    "embedding": "正在载入向量模型", "reranker": "正在载入重排模型", "chat": "正在请对话模型答两句话",
    "library": "正在看资料库和向量模型合不合",
}  # fmt: skip
_PACKAGES = {"gradio": "Gradio", "langchain": "LangChain"}


def status(settings: Settings, origins: Mapping[str, str]) -> str:
    """What is active, and where it comes from."""
    model = settings.model or "不用模型：按规则写作，不联网"
    rows = [("写作", model, "model")]
    if settings.model:
        rows += [
            ("模型服务", _address(settings.base_url), "base_url"),
            ("密钥", "已设置（不显示）" if settings.api_key else "没有设置", "api_key"),
            ("最多等", f"{settings.timeout:g} 秒没有动静就放弃", "timeout"),
        ]
    rows += [
        ("向量模型", "内置" if settings.embedding == "builtin" else settings.embedding, "embedding"),
        ("重排模型", settings.reranker or "不用", "reranker"),
        ("登录", "要登录才能打开" if settings.auth else "不用登录，只能在这台机器上打开", "auth"),
        ("数据目录", str(settings.home), "home"),
    ]
    named = [(name, value, _FROM[origins[key]]) for name, value, key in rows]
    packages = "，".join(f"{name} {version(package)}" for package, name in _PACKAGES.items())
    about = f"运营助手 {__version__}，Python {platform.python_version()}，{packages}"
    listed = table(("项目", "现在用的", "来自"), named, "正在用的设置")
    hint = "设置在启动时读一次：命令行选项优先，其次环境变量，再次启动目录下的 .env 文件。改了要重新启动网页。"
    return (
        f'<div class="oc-settings-table">{listed}</div><p class="oc-dim">{text(about)}</p><p class="oc-dim">{hint}</p>'
    )


def _address(address: str) -> str:
    """A server's address without what may be secret in it: user, password, query."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if address else "服务商的默认地址"


def doing(part: str) -> str:
    """What the test is at."""
    return _DOING[part]


def checked(results: Mapping[str, dict[str, Any] | None]) -> str:
    """How the test went, part by part, in words."""
    items = "".join(_result(part, result) for part, result in results.items())
    failed = sum(not result["ok"] for result in results.values() if result)
    head = note(f"{failed} 项有问题，见下。", "bad") if failed else note("都正常。", "good")
    return f'{head}<ul class="oc-settings-checks">{items}</ul>'


def _result(part: str, result: dict[str, Any] | None) -> str:
    if result is None:
        return f"<li><strong>– {_NAMES[part]}</strong> {_UNSET[part]}</li>"
    if not result["ok"]:
        told = f"{text(result['message'])}。{text(result['hint'])}"
        return f'<li class="oc-bad"><strong>✗ {_NAMES[part]}</strong> {told}</li>'
    facts = [result["name"], *chat_facts(result)] if part == "chat" else [_words(part, result)]
    return f"<li><strong>✓ {_NAMES[part]}</strong> {'<br>'.join(map(text, facts))}</li>"


def _words(part: str, result: Mapping[str, Any]) -> str:
    if part == "library":
        if result["state"] == "empty":
            return "还没有建，第一次使用时自动建"
        return f"与向量模型相合，{result['documents']} 篇，{result['chunks']} 段"
    name = "内置" if result["name"] == "builtin" else result["name"]
    size = f"{result['dimension']} 维，" if "dimension" in result else ""
    return f"{name}，{size}{result['bytes'] / 1e6:.1f} MB，能用"


def models() -> str:
    """How to let a chat model write."""
    servers = [(m["name"], m["base_url"], m["model"]) for m in read("models")["chat"]]
    listed = table(("服务", "OPS_COPILOT_BASE_URL", "OPS_COPILOT_MODEL，例如"), servers, "兼容 OpenAI 的服务")
    return (
        '<div class="oc-settings-text"><p>不设模型也能用：按规则写作，不联网。'
        "要让对话模型来写，在启动网页之前设三个环境变量，或在启动目录下的"
        " <code>.env</code> 文件里写三行，再重新启动：</p>"
        "<pre>OPS_COPILOT_MODEL=openai:模型名\nOPS_COPILOT_BASE_URL=服务的地址\nOPS_COPILOT_API_KEY=你的密钥</pre>"
        "<p>密钥只写在那里，不要填进网页；这个网页任何地方都不显示它。本机的服务（vLLM、SGLang、llama.cpp、Ollama）不用密钥。</p>"
        f'<div class="oc-settings-servers">{listed}</div>'
        "<p>别家的接口（Anthropic、Google 等）要先装一个包，没装时会说装哪个；"
        "本机的权重文件夹写成 <code>OPS_COPILOT_MODEL=huggingface:文件夹</code>。</p>"
        '<p class="oc-dim">地址和名称来自服务商或第三方的文档，没有在这里试过，会变；以服务商现在的说明为准。</p>'
        "<p>设了模型，问题和最多 8 段原文（写文案时是简报、品牌声音和最多 6 段）会发给那个服务。"
        "模型写的每句话先与引文核对再显示。</p></div>"
    )


def kept(settings: Settings) -> str:
    """What the page keeps, and where."""
    here = [
        ("问答的对话", "最多 30 个；清除浏览器数据就没有了，换浏览器或电脑看不到"),
        ("批量任务的取件凭证", "凭它找回自己的任务；任务本身在服务器上"),
    ]
    there = [
        ("library/", "资料库：文档全文和索引", "大家共用"),
        ("uploads/", "从“资料库”上传的文件，删除文档时一起删", "大家共用"),
        ("products/、voices/", "产品资料和品牌声音，每个一份 YAML", "大家共用"),
        ("ratings.jsonl", "对答案的评价：问题、答案、有用或没用、原因", "管理这台机器的人看得到"),
        ("results.sqlite、results/", "写过的文案的编号和开头，导入的投放数据", "大家的文案都参考"),
        ("jobs/", "批量任务：表格、进度、结果", "只有开始它的浏览器找得到"),
    ]
    browser = table(("内容", "说明"), here, "只存在这个浏览器里")
    server = table(("位置", "内容", "谁看得到"), there, f"在服务器上，数据目录 {settings.home}")
    return f'<div class="oc-settings-text">{browser}{server}</div>'


def profiles(listed: Sequence[Mapping[str, Any]], asking: str, kind: str) -> str:
    """Saved products or voices: dicts of `name`, `about`, `default`; the one `asking` asks whether it is to go."""
    if not listed and kind == "voice":
        return empty("还没有品牌声音。", "在右边写下语气、要和不要、样例，保存后写文案时就照它写。")
    if not listed:
        return empty("还没有产品资料。", "在右边填好常写的产品，保存后写文案时选它，不用每次重填。")
    items = "".join(_asked(p) if p["name"] == asking else _profile(p, kind) for p in listed)
    return f'<div class="oc-library-list"><ul>{items}</ul></div>'


def _profile(profile: Mapping[str, Any], kind: str) -> str:
    name = profile["name"]
    mark = ' <span class="oc-library-own">默认</span>' if profile["default"] else ""
    use = ""
    if kind == "voice":
        use = (
            button("不再默认", "none", "oc-link", f"不再默认用：{name}")
            if profile["default"]
            else button("设为默认", "use", "oc-link", f"设为默认：{name}", profile=name)
        )
    return (
        f"<li><div>{button(name, 'open', 'oc-link oc-library-title', profile=name)}{mark}"
        f'<p class="oc-dim">{text(profile["about"])}</p></div><div class="oc-settings-acts">{use}'
        f"{button('修改', 'edit', 'oc-link', f'修改：{name}', profile=name)}"
        f"{button('移除', 'ask', 'oc-link', f'移除：{name}', profile=name)}</div></li>"
    )


def _asked(profile: Mapping[str, Any]) -> str:
    return (
        f'<li class="oc-library-asked"><div role="alert"><p>移除“{text(profile["name"])}”？</p>'
        '<p class="oc-dim">大家都用不到它了，已经写好的文案不变。</p></div><div class="oc-library-two">'
        f"{button('移除', 'delete', 'oc-button oc-library-yes', '确认移除', profile=profile['name'])}"
        f"{button('不移除', 'keep', 'oc-button')}</div></li>"
    )


def profile(name: str, fields: Mapping[str, Any]) -> str:
    """One product or voice: `fields` by their Chinese labels."""
    rows = "".join(f"<dt>{text(label)}</dt><dd>{_value(value)}</dd>" for label, value in fields.items())
    return (
        f'<section class="oc-card" aria-label="资料"><div class="oc-library-head"><h2>{text(name)}</h2>'
        f'{button("关闭", "close", "oc-link")}</div><dl class="oc-settings-facts">{rows}</dl></section>'
    )


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "<br>".join(f"{text(name)}：{text(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return "<br>".join(text(item) for item in value)
    return text(value)
