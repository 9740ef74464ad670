"""Fetching a model from the hub, or from the mirror that HF_ENDPOINT names: the only place that goes there."""

import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from copilot.embedding import files
from copilot.embedding.local import hushed, one_line
from copilot.errors import EmbeddingError

Progress = Callable[[int, int, str], None]  # bytes done, bytes in all, file

_HUB = "https://huggingface.co"
_MIRROR = (
    "检查网络和代理；连不上 huggingface.co 就用镜像，例如 HF_ENDPOINT=https://hf-mirror.com；再运行一次会从断处接着取。"
)
_TRIES = 5
_SECONDS = 20  # of silence, until a connection counts as lost
_BLOCK = 1 << 18  # bytes written at once: what a broken connection loses at most
_SHA256 = re.compile("[0-9a-f]{64}")  # the ETag of a large file
_SPARE = 200_000_000  # bytes left free on the disk


def pull(name: str, progress: Progress) -> Path:
    """Fetch those files of a model that loading it takes into the hub's cache; return their folder.

    What is there already is not fetched again, and a file that was cut off is continued.

    :raises EmbeddingError: no such model, not one we can use, no network, no room on the disk
    """
    repo = files.repository(name)
    if not repo:
        raise EmbeddingError(f"{name} 不是模型的名字", "写 所有者/名字，例如 BAAI/bge-small-zh-v1.5。")
    from huggingface_hub import constants
    from huggingface_hub.utils import httpx  # the one it raises the errors of

    constants.HF_HUB_DISABLE_TELEMETRY = True  # no word on packages, nor on who runs this
    constants.HF_HUB_DISABLE_XET = True  # its addresses lead past a mirror (padeoe/hf-mirror-site#50)
    try:
        with hushed():
            sizes = _sizes(repo)
            _check_room(repo, sum(sizes.values()))
            return _fetched(repo, sizes, progress)
    except (httpx.HTTPError, OSError, ValueError) as error:
        message, hint = _explained(error, repo)
        raise EmbeddingError(message, hint) from error


def _sizes(repo: str) -> dict[str, int]:
    """Return the files to fetch and their bytes, descriptions first."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=_endpoint()).model_info(repo, files_metadata=True, timeout=_SECONDS)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
    wanted = files.needed(sizes)
    if not any(map(files.is_weights, wanted)) or not set(files.DESCRIPTIONS) & set(wanted):
        hint = "换一个有 config.json 和 model.safetensors（或 pytorch_model.bin）的仓库；gguf 和 onnx 不能用。"
        raise EmbeddingError(f"{repo} 里没有 sentence-transformers 能用的模型", hint)
    return {name: sizes[name] for name in sorted(wanted, key=lambda name: (files.is_weights(name), name))}


def _fetched(repo: str, sizes: dict[str, int], progress: Progress) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    disable_progress_bars()
    done, total, folder = 0, sum(sizes.values()), Path()
    for name, size in sizes.items():
        if files.is_weights(name):
            if files.kind(folder) == "other":
                raise EmbeddingError(f"{repo} 不是向量模型，也不是重排模型", "看可以用的：ops-copilot models list。")
            _fetch_weights(repo, name, partial(_told, progress, done, total, name))
        path = hf_hub_download(repo, name, cache_dir=files.cache_folder(), endpoint=_endpoint())
        folder = Path(path).parents[name.count("/")]
        done += size
        progress(done, total, name)
    return folder


def _told(progress: Progress, before: int, total: int, file: str, here: int) -> None:
    progress(before + here, total, file)


def _fetch_weights(repo: str, name: str, show: Callable[[int], None]) -> None:
    """Put a large file where the hub's library looks for it before it fetches: `blobs/ETAG` of its cache.

    That library begins anew in every process since its pull request 4228; a part of 2 GB is too dear for that.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache

    url = hf_hub_url(repo, name, endpoint=_endpoint())
    about = get_hf_file_metadata(url)
    if not about.etag or not re.fullmatch(r"[\w.-]+", about.etag):
        return  # nothing to know a part by
    here = try_to_load_from_cache(repo, name, cache_dir=files.cache_folder(), revision=about.commit_hash)
    blob = _blobs(repo) / about.etag
    if isinstance(here, str) or blob.exists():
        return
    blob.parent.mkdir(parents=True, exist_ok=True)
    part = blob.with_name(f"{blob.name}.part")
    _stream(url, part, show)
    if about.size not in (None, part.stat().st_size) or (_SHA256.fullmatch(about.etag) and _sha256(part) != about.etag):
        part.unlink()
        raise EmbeddingError(f"{name} 取来的内容不对，已经删去", "再运行一次；一直这样就换一个 HF_ENDPOINT。")
    part.replace(blob)


def _stream(url: str, part: Path, show: Callable[[int], None]) -> None:
    """Append to `part` what it lacks; a lost connection is taken up again, until nothing comes five times."""
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        get_session,
        hf_raise_for_status,
        httpx,
    )

    failures = 0
    while True:
        have = part.stat().st_size if part.exists() else 0
        headers = build_hf_headers() | {"Accept-Encoding": "identity", "Range": f"bytes={have}-"}
        try:
            with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=_SECONDS) as response:
                if response.status_code == 416:  # all of it is here
                    return
                hf_raise_for_status(response)
                with part.open("ab" if response.status_code == 206 else "wb") as file:
                    for block in response.iter_raw(_BLOCK):
                        file.write(block)
                        failures = 0
                        show(file.tell())
            return
        except httpx.TransportError:
            failures += 1
            if failures == _TRIES:
                raise
            time.sleep(1)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_room(repo: str, total: int) -> None:
    folder = _blobs(repo)
    lacking = total - sum(path.stat().st_size for path in folder.glob("*"))
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if lacking > 0 and free < lacking + _SPARE:
        raise EmbeddingError(f"磁盘放不下：还要 {lacking / 1e6:.0f} MB，{existing} 只剩 {free / 1e6:.0f} MB", _room())


def _explained(error: Exception, repo: str) -> tuple[str, str]:
    from huggingface_hub import errors

    place = urlsplit(_endpoint() or _HUB).netloc.rpartition("@")[2]
    causes = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)  # type: ignore[arg-type]
    if any(isinstance(cause, OSError) and cause.errno == errno.ENOSPC for cause in causes):
        return "磁盘满了，没有取完", _room()
    if any(isinstance(cause, errors.OfflineModeIsEnabled) for cause in causes):
        return "HF_HUB_OFFLINE 不许联网", "取消环境变量 HF_HUB_OFFLINE 和 TRANSFORMERS_OFFLINE 再运行一次。"
    if isinstance(error, errors.GatedRepoError):
        return f"{repo} 要先同意它的条款", f"在 {_HUB}/{repo} 登录并同意，设置 HF_TOKEN 后再运行一次。"
    if isinstance(error, errors.RepositoryNotFoundError):
        hint = "核对名字，写全 所有者/名字，例如 BAAI/bge-small-zh-v1.5；不公开的模型要设 HF_TOKEN。"
        return f"{place} 上没有公开的模型 {repo}", hint
    if isinstance(error, PermissionError):
        return f"缓存目录不能写入：{error.filename or error.strerror}", "设置 HF_HOME 到一个能写的目录。"
    return f"从 {place} 取 {repo} 没有成功：{one_line(error)}", _MIRROR


def _blobs(repo: str) -> Path:
    """Return where the hub's library keeps the files of a model, each under its ETag."""
    from huggingface_hub import constants

    cache = Path(files.cache_folder() or constants.HF_HUB_CACHE).expanduser().absolute()
    return cache / f"models--{repo.replace('/', '--')}" / "blobs"


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _room() -> str:
    return "腾出空间，或设置 HF_HOME 到另一个磁盘；再运行一次会从断处接着取。"
