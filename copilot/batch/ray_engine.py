"""Rows on a Ray cluster: the same row function in actors, for when one machine is too slow. Extra: ops-copilot[ray]."""

import logging
import os
from collections.abc import Iterator
from typing import Any

from copilot.batch.engines import Group, Groups, carefully
from copilot.batch.work import Done, Setup, Worker
from copilot.errors import SettingsError

_TRIES = 3  # a run of CI died of one: 44 s on two processors of which most was taken by others


def ray_cluster(groups: Groups, setup: Setup, workers: int) -> Iterator[list[Done]]:
    """Work on rows in `workers` actors of the cluster at RAY_ADDRESS, or of one started on this machine.

    Every machine needs ops-copilot and the same home folder (a shared disk). A model's rate limits are shared out
    evenly. An actor that dies is replaced, its rows are tried again as in `engines.processes`.

    :raises SettingsError: ray is not installed, or there is no cluster at RAY_ADDRESS
    """
    ray, ours = _started(workers)
    share = setup._replace(rpm=setup.rpm / workers, tpm=setup.tpm // workers)
    actors = [ray.remote(num_cpus=1, max_restarts=-1)(Worker).remote(share) for _ in range(workers)]
    try:
        # no more calls of a model at a time than workers; a group in reserve where nothing is waited for
        yield from _spread(ray, groups, actors, 1 if setup.settings.model else 2)
    finally:
        for actor in actors:
            ray.kill(actor)
        if ours:
            ray.shutdown()


def _spread(ray: Any, groups: Groups, actors: list[Any], window: int) -> Iterator[list[Done]]:
    """Keep up to `window` groups in flight at each actor."""
    flying: dict[Any, tuple[int, Group]] = {}
    more = True
    while more or flying:
        while more and (free := _freest(flying, len(actors), window)) is not None:
            group = next(groups, [])
            if not group:
                more = group is None
                break
            flying[actors[free].rows.remote(group)] = free, group
        if not flying:
            continue
        for reference in ray.wait(list(flying), num_returns=1)[0]:
            number, group = flying.pop(reference)
            try:
                yield _result(ray, reference)
            except ray.exceptions.RayActorError:
                lost = [other for other, (mine, _) in flying.items() if mine == number]
                dropped = [group, *(flying.pop(other)[1] for other in lost)]
                yield from _again(ray, actors[number], dropped)
                break


def _again(ray: Any, actor: Any, groups: list[Group]) -> Iterator[list[Done]]:
    """Work once more on what an actor had when it died; Ray has begun it anew."""

    def work(group: Group) -> list[Done]:
        return _result(ray, actor.rows.remote(group))

    yield from carefully(groups, work, ray.exceptions.RayActorError)


def _result(ray: Any, reference: Any) -> list[Done]:
    try:
        done: list[Done] = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None  # our own error, as the worker raised it
    return done


def _freest(flying: dict[Any, tuple[int, Group]], workers: int, window: int) -> int | None:
    """The actor with the fewest groups, if it has room for one more."""
    load = [0] * workers
    for number, _ in flying.values():
        load[number] += 1
    return load.index(min(load)) if min(load) < window else None


def _started(workers: int) -> tuple[Any, bool]:
    """Return ray, connected, and whether the cluster is ours to end."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when ray is imported: no telemetry
    elsewhere = os.environ.get("RAY_ADDRESS")
    if not elsewhere:
        # On loopback, in spite of the name: whoever reaches a cluster's port runs any code on it.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
    except ImportError as error:
        raise SettingsError("没有安装 ray", '先运行 pip install "ops-copilot[ray]"，或去掉 --engine ray。') from error
    if ray.is_initialized():
        return ray, False
    try:
        if elsewhere:
            ray.init(log_to_driver=False, logging_level=logging.ERROR)
        else:
            _start_patiently(ray, workers)
    except (ConnectionError, RuntimeError, TimeoutError) as error:
        hint = "检查 RAY_ADDRESS；不设它就在本机起一个。"
        raise SettingsError(f"连不上 Ray 集群：{str(error).splitlines()[0]}", hint) from error
    return ray, True


def _start_patiently(ray: Any, workers: int) -> None:
    """Start a cluster; on a machine that other work keeps busy Ray gives up on itself after 30 s: then once more.

    :raises RuntimeError: it did not come up in `_TRIES` tries
    """
    for tried in range(1, _TRIES + 1):
        try:
            _start_here(ray, workers)
            return
        except Exception as error:  # Ray's own is a bare Exception
            ray.shutdown()
            if "timed out" not in str(error).lower():
                raise
            if tried == _TRIES:
                raise RuntimeError("本机的 Ray 一直没有起来，机器可能太忙") from error


def _start_here(ray: Any, workers: int) -> None:
    """Start a cluster for this run alone.

    Ray's own processes ask the network which cloud they are in, its statistics off or not (2.60). They get a proxy
    that nobody answers on; the workers, which may have a model to call, do not.
    """
    proxy = os.environ.get("http_proxy", "")
    os.environ["http_proxy"] = "http://127.0.0.1:9"
    try:
        ray.init(
            address="local",
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": {"http_proxy": proxy}},
        )
    finally:
        os.environ["http_proxy"] = proxy
        if not proxy:
            del os.environ["http_proxy"]
