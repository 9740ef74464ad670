"""The file that carries a home: a zip whose members are known by name and checked before anything of them is used.

    manifest.json      what this is, what the library was built with, size and SHA-256 of every other member
    documents.jsonl    a document a line: its text, where it came from, where it was cut
    vectors.bin        a digest of 16 bytes and its float16 vector, again and again
    home/…             platforms.yaml, prices.yaml, products/, voices/ and uploads/, as they lie in the home folder

Members carry a fixed date and stand in a fixed order: the same home gives the same bytes.
"""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from copilot.errors import InputError
from copilot.uploads import safe_name

KIND = "ops-copilot-home"
FORMAT = 1  # Bump when an older program would misread the members.
MANIFEST, DOCUMENTS, VECTORS = "manifest.json", "documents.jsonl", "vectors.bin"
SETTINGS = ("platforms.yaml", "prices.yaml")  # of the user, at the top of the home folder
DEFAULT_VOICE = "voices/.default"

_PROFILE = re.compile(r"(?:products|voices)/[\w%-]{1,240}\.yaml")
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that zip knows
_PIECE = 1 << 20
_MEMBERS = 100_000
_MANIFEST_BYTES = 32_000_000  # 100,000 members, 300 bytes each
_LINE = 512_000_000  # bytes of a document; what is loaded has at most 50 MB
# Texts shrink to a third, vectors not at all; above this it is a bomb. Small files of blanks pack very well.
_RATIO, _RATIO_FREE = 200, 100_000_000
_BAD = "换一份存档，或在原来的机器上重新运行 ops-copilot library export。"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`fingerprint` as the library has it, `handbook`: whether articles of the handbook were in use there."""

    fingerprint: str
    handbook: bool
    documents: int
    members: dict[str, dict[str, Any]]

    @property
    def home_files(self) -> list[str]:
        """The files of the home folder, by their paths in it."""
        return sorted(name.removeprefix("home/") for name in self.members if name.startswith("home/"))


class Archive:
    """An opened archive, all of it checked; see `opened`."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self.manifest = manifest

    @contextmanager
    def member(self, name: str) -> Iterator[BinaryIO]:
        """Open a member to read."""
        with self._file.open(name) as stream:
            yield stream  # type: ignore[misc]

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a member.

        :raises InputError: one is longer than any document
        """
        with self._file.open(name) as stream:
            while line := stream.readline(_LINE):
                if len(line) == _LINE:
                    raise refused("有一篇文档大得不像真的")
                yield line


def is_home_file(path: str) -> bool:
    """Return whether a path below the home folder is one that travels: no other is written on import."""
    folder, _, name = path.rpartition("/")
    if folder == "uploads":
        return safe_name(name) == name and name != "writer.lock"
    return path in (*SETTINGS, DEFAULT_VOICE) or _PROFILE.fullmatch(path) is not None


def refused(reason: str) -> InputError:
    """Return the error that says why an archive is not taken."""
    return InputError(f"这份存档不能用：{reason}", _BAD)


# Writing


class Packer:
    """Writes members one after the other, and the manifest last; ends the zip in any case."""

    def __init__(self, target: BinaryIO) -> None:
        self._file = zipfile.ZipFile(target, "w")
        self._members: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> "Packer":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, name: str, pieces: Iterable[bytes], packed: bool = True) -> None:
        """Write a member; vectors do not get smaller by packing."""
        info = zipfile.ZipInfo(name, _DATE)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._file.open(info, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        self._members[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def add_manifest(self, fingerprint: str, handbook: bool, documents: int) -> None:
        """Write down what was added."""
        told = {"kind": KIND, "format": FORMAT, "fingerprint": json.loads(fingerprint), "handbook": handbook}
        told |= {"documents": documents, "members": dict(self._members)}
        self.add(MANIFEST, [json.dumps(told, ensure_ascii=False, indent=1).encode()])


# Reading


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive; size, names and digest of every member are checked before it is given.

    :raises InputError: it is missing, foreign, damaged, manipulated, a bomb, or of a newer version
    """
    if not path.is_file():
        raise InputError(f"没有这个文件：{path}", "检查路径；存档用 ops-copilot library export 生成。")
    with ExitStack() as ending:
        try:
            file = ending.enter_context(zipfile.ZipFile(path))
            manifest = _manifest(file, path.stat().st_size)
            _check_members(file, manifest)
        # the first four: cut off or damaged; NotImplementedError: packed in a way that is not ours
        except (zipfile.BadZipFile, EOFError, zlib.error, OSError, NotImplementedError) as error:
            raise refused(f"不是存档，或没有下载完整（{error}）") from error
        yield Archive(file, manifest)


def _manifest(file: zipfile.ZipFile, packed: int) -> Manifest:
    entries = file.infolist()
    names = [entry.filename for entry in entries]
    if MANIFEST not in names or file.getinfo(MANIFEST).file_size > _MANIFEST_BYTES:
        raise refused("不是 ops-copilot library export 生成的")
    if len(set(names)) != len(names) or len(names) > _MEMBERS:
        raise refused("里面的文件有重名，或多得不像真的")
    if any(entry.flag_bits & 1 for entry in entries):
        raise refused("加了密码")
    total = sum(entry.file_size for entry in entries)
    if total > _RATIO_FREE and total > _RATIO * packed:
        raise refused(f"解开后是原来的 {total // packed} 倍，像压缩炸弹")
    return _read_manifest(file.read(MANIFEST))


def _read_manifest(data: bytes) -> Manifest:
    try:
        told = json.loads(data)
        kind, version = told["kind"], told["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refused("不是 ops-copilot library export 生成的") from error
    if kind != KIND or not isinstance(version, int):
        raise refused("不是 ops-copilot library export 生成的")
    if version > FORMAT:
        hint = "升级后再导入：pip install --upgrade ops-copilot。"
        raise InputError(f"存档来自更新的版本（格式 {version}，这个程序只认得到 {FORMAT}）", hint)
    try:
        parts, members = told["fingerprint"], told["members"]
        sound = isinstance(told["documents"], int) and isinstance(told["handbook"], bool)
        sound &= all(isinstance(parts[key], int) for key in ("format", "lexical", "chunker", "dimension"))
        sound &= isinstance(parts["embedding"], str) and parts["dimension"] > 0
        sound &= all(isinstance(m["bytes"], int) and isinstance(m["sha256"], str) for m in members.values())
    except (KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise refused("清单缺了内容")
    return Manifest(json.dumps(parts, sort_keys=True), told["handbook"], told["documents"], members)


def _check_members(file: zipfile.ZipFile, manifest: Manifest) -> None:
    """Compare what is there with what the manifest names; a member is known by a name of ours, so none leads away."""
    if set(file.namelist()) != {*manifest.members, MANIFEST} or not {DOCUMENTS, VECTORS} <= manifest.members.keys():
        raise refused("里面的文件与清单不符")
    for name, told in manifest.members.items():
        below_home = name.removeprefix("home/")
        if name not in (DOCUMENTS, VECTORS) and (below_home == name or not is_home_file(below_home)):
            raise refused(f"里面有不认识的文件 {name[:80]!r}")
        digest, size = hashlib.sha256(), 0
        with file.open(name) as member:
            while (piece := member.read(_PIECE)) and size <= told["bytes"]:
                digest.update(piece)
                size += len(piece)
        if size != told["bytes"] or digest.hexdigest() != told["sha256"]:
            raise refused(f"{name} 与清单不符，存档损坏或被改过")
