"""The only reader of the environment. A `.env` file in the working folder is read; flags win."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from copilot.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, as a value that is passed in."""

    home: Path  # where the library and everything personal lives
    embedding: str = "builtin"  # or a folder or hub name that sentence-transformers loads
    reranker: str = ""  # a folder or hub name of a CrossEncoder; empty: none
    model: str = ""  # `provider:model`; empty: the rule writer, no network
    base_url: str = ""  # an OpenAI-compatible server
    api_key: str = field(default="", repr=False)  # never in logs, errors or exports
    handbook: bool | None = None  # load the shipped handbook: yes, no, or as this home was begun
    auth: str = field(default="", repr=False)  # user:password of the web page; empty: nobody logs in
    timeout: float = 60.0  # seconds until a model call is given up
    context: int = 0  # tokens that the model can take, prompt and answer; 0: not said

    def __post_init__(self) -> None:
        """Refuse a model without provider, whether it comes from the environment or a flag.

        :raises SettingsError: `model` is not `provider:model`
        """
        if self.model and ":" not in self.model:
            hint = "写成 provider:model，例如 OPS_COPILOT_MODEL=openai:deepseek-flash；不设则不用模型。"
            raise SettingsError(f"OPS_COPILOT_MODEL={self.model} 缺少提供方", hint)


def read_settings(folder: Path | None = None) -> Settings:
    """Return the settings from the environment, filled up from `.env` in `folder` (default: here).

    :raises SettingsError: a value cannot be used
    """
    return _settings_of(_dotenv(folder or Path.cwd()) | _environment())


def origins(settings: Settings, folder: Path | None = None) -> dict[str, str]:
    """Return where each value of `settings` comes from: `environment`, `.env`, `default`, or else `given` (a flag).

    :raises SettingsError: a value cannot be used
    """
    dotenv, environment = _dotenv(folder or Path.cwd()), _environment()
    read, bare = _settings_of(dotenv | environment), _settings_of({})
    found = {}
    for name in ("home", "embedding", "reranker", "model", "base_url", "api_key", "auth", "timeout", "context"):
        value, variable = getattr(settings, name), f"OPS_COPILOT_{name.upper()}"
        if value == getattr(read, name) and (dotenv | environment).get(variable):
            found[name] = "environment" if variable in environment else ".env"
        else:
            found[name] = "default" if value == getattr(bare, name) else "given"
    return found


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("OPS_COPILOT_")}


def _settings_of(env: dict[str, str]) -> Settings:
    return Settings(
        home=Path(env.get("OPS_COPILOT_HOME") or _default_home()).expanduser().absolute(),
        embedding=env.get("OPS_COPILOT_EMBEDDING") or "builtin",
        reranker=env.get("OPS_COPILOT_RERANKER", ""),
        model=env.get("OPS_COPILOT_MODEL", ""),
        base_url=env.get("OPS_COPILOT_BASE_URL", ""),
        api_key=env.get("OPS_COPILOT_API_KEY", ""),
        auth=env.get("OPS_COPILOT_AUTH", ""),
        timeout=_seconds(env.get("OPS_COPILOT_TIMEOUT") or "60"),
        context=_context(env.get("OPS_COPILOT_CONTEXT") or "0"),
    )


def _dotenv(folder: Path) -> dict[str, str]:
    path = folder / ".env"
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        values = dotenv_values(path, encoding="utf-8-sig")  # Windows editors write a BOM: the first name would be lost
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"读不出 {path}：{error}", "把 .env 存成 UTF-8，或删去它。") from error
    return {k: v for k, v in values.items() if v is not None and k.startswith("OPS_COPILOT_")}


def _default_home() -> str:
    from platformdirs import user_data_dir

    return user_data_dir("ops-copilot", appauthor=False)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86400:
        raise SettingsError(f"OPS_COPILOT_TIMEOUT={value} 不是有效的秒数", "写一个正数，例如 60。")
    return seconds


def _context(value: str) -> int:
    tokens = int(value) if value.isascii() and value.isdigit() else -1
    if tokens and not 1024 <= tokens <= 100_000_000:
        raise SettingsError(f"OPS_COPILOT_CONTEXT={value} 不是有效的 token 数", "写模型的上下文长度，例如 32768。")
    return tokens
