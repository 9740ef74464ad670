"""Prompt files: strict front matter, a `## system` and a `## user` part, `$name` placeholders."""

import hashlib
import re
from dataclasses import dataclass
from string import Template
from typing import Any

from copilot.errors import PromptError
from copilot.paths import shipped

_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_PART = re.compile(r"^## (.*?) *$\n?", re.MULTILINE)
_KEYS = ("name", "version", "variables")
_PARTS = ["system", "user"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file; `digest` is the first 12 hex digits of the file's SHA-256."""

    name: str
    version: int
    digest: str
    system: str
    user: str
    variables: tuple[str, ...]

    @property
    def label(self) -> str:
        """What results name it by: name, version, digest."""
        return f"{self.name} v{self.version} {self.digest}"

    def render(self, **values: str) -> list[tuple[str, str]]:
        """Return `[("system", text), ("user", text)]`; a `$` inside a value stays as it is.

        :raises PromptError: values are missing or not asked for; all of them are named
        """
        problems = [f"缺少 {name}" for name in self.variables if name not in values]
        problems += [f"多出 {name}" for name in values if name not in self.variables]
        if problems:
            hint = f"它要的是：{'、'.join(self.variables)}。"
            raise PromptError(f"提示词 {self.name} 的变量不对：{'，'.join(problems)}", hint)
        return [("system", Template(self.system).substitute(values)), ("user", Template(self.user).substitute(values))]


def load_prompt(name: str) -> Prompt:
    """Return the shipped prompt `name`.

    :raises PromptError: the file is missing or malformed; all problems are named
    """
    path = shipped("prompts") / f"{name}.md"
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PromptError(f"提示词文件 {path.name} 读不出来", "重新安装 ops-copilot。") from error
    return parse_prompt(name, raw)


def parse_prompt(name: str, raw: bytes) -> Prompt:
    """Return the prompt in the bytes of a file called `name`.md.

    :raises PromptError: the bytes are not a prompt; all problems are named
    """
    match = _FRONT.match(raw.decode("utf-8", "replace").replace("\r\n", "\n"))
    if not match:
        hint = "在文件开头写 name、version、variables 三个字段。"
        raise PromptError(f"提示词 {name} 开头没有 --- 包起来的字段", hint)
    fields, problems = _fields(match[1])
    parts, more = _parts(match[2])
    problems += more
    if not problems:
        problems = _disagreements(name, fields, parts)
    if problems:
        raise PromptError(f"提示词 {name} 写得不对：{'；'.join(problems)}", f"改正 prompts/{name}.md。")
    digest = hashlib.sha256(raw).hexdigest()[:12]
    return Prompt(name, fields["version"], digest, parts["system"], parts["user"], tuple(fields["variables"]))


def _fields(front: str) -> tuple[dict[str, Any], list[str]]:
    import yaml

    try:
        fields = yaml.safe_load(front)
    except yaml.YAMLError:
        return {}, ["开头的字段不是 YAML"]
    if not isinstance(fields, dict):
        return {}, ["开头的字段不是键值表"]
    problems = [f"缺少字段 {key}" for key in _KEYS if key not in fields]
    problems += [f"不认识的字段 {key}" for key in fields if key not in _KEYS]
    if not isinstance(fields.get("name", ""), str):
        problems.append("name 不是文字")
    if not isinstance(fields.get("version", 1), int):
        problems.append("version 不是整数")
    names = fields.get("variables", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name.isidentifier() for name in names):
        problems.append("variables 不是变量名的列表")
    return fields, problems


def _parts(body: str) -> tuple[dict[str, str], list[str]]:
    before, *rest = _PART.split(body)
    found, texts = rest[::2], [text.strip() for text in rest[1::2]]
    problems = [f"缺少 ## {part} 部分" for part in _PARTS if part not in found]
    problems += [f"不认识的部分 ## {part}" for part in found if part not in _PARTS]
    problems += [f"重复的部分 ## {part}" for part in _PARTS if found.count(part) > 1]
    problems += [f"## {part} 部分是空的" for part, text in zip(found, texts, strict=True) if not text]
    if before.strip():
        problems.append("## system 之前有文字")
    return dict(zip(found, texts, strict=True)), problems


def _disagreements(name: str, fields: dict[str, Any], parts: dict[str, str]) -> list[str]:
    template = Template("\n".join(parts.values()))
    if not template.is_valid():
        return ["有写坏的 $（文字里的 $ 要写成 $$）"]
    used, declared = template.get_identifiers(), fields["variables"]
    problems = [f"name 是 {fields['name']}，与文件名不同"] if fields["name"] != name else []
    problems += [f"variables 里没有 {variable}" for variable in used if variable not in declared]
    return problems + [f"没有用到变量 {variable}" for variable in declared if variable not in used]
