"""Independent blocks of work: in threads here, or on a Dask cluster; finished ones are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from slamcore.io.checkpoint import Checkpoint

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Arrays", "Progress", "Work", "run_blocks", "thread_count"]

Arrays = dict[str, np.ndarray]
Progress = Callable[[int, int, str], None]
Work = Callable[[Any, int, int], Arrays]


@dataclass(frozen=True)
class _Block:
    index: int
    start: int
    stop: int


def thread_count() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def run_blocks(
    work: Work,
    shared: Any,
    n: int,
    size: int,
    *,
    title: str,
    threads: int | None = None,
    cluster: Client | None = None,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Arrays:
    """Run ``work(shared, start, stop)`` over 0..n in blocks and join the results.

    Parameters
    ----------
    work : callable
        Gives arrays of ``stop - start`` rows, the same for the same block wherever it runs.
    shared : object
        Sent to each worker of a cluster once.
    n, size : int
        Rows in all, and in a block.
    title : str
        What ``progress`` is told is being done.
    threads : int, optional
        By default one for each processor. Ignored on a cluster.
    cluster : Client, optional
        A lost worker's blocks are run by the others.
    checkpoint : Checkpoint, optional
        Blocks found there are not run again.
    progress : callable, optional
        Called with rows done, ``n`` and ``title``.

    Returns
    -------
    dict of str to ndarray (n, ...)
        In the order of rows, whatever order the blocks finished in.
    """
    blocks = [_Block(i, s, min(s + size, n)) for i, s in enumerate(range(0, n, size))]
    done: dict[int, Arrays] = {}
    for block in blocks if checkpoint else ():
        arrays = checkpoint.load(block.index)
        if arrays and all(a.shape[:1] == (block.stop - block.start,) for a in arrays.values()):
            done[block.index] = arrays
    todo = [block for block in blocks if block.index not in done]
    rows = n - sum(block.stop - block.start for block in todo)
    run = _on_cluster(cluster) if cluster else _in_threads(threads or thread_count())
    for block, arrays in run(work, shared, todo):
        if checkpoint:
            checkpoint.save(block.index, arrays)
        done[block.index] = arrays
        rows += block.stop - block.start
        if progress:
            progress(rows, n, title)
    names = done[0] if done else ()
    return {name: np.concatenate([done[b.index][name] for b in blocks]) for name in names}


def _in_threads(threads: int):
    def run(work: Work, shared: Any, blocks: list[_Block]) -> Iterator[tuple[_Block, Arrays]]:
        # Each thread does its own matrix products: threads within threads only wait.
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
            futures = {pool.submit(work, shared, b.start, b.stop): b for b in blocks}
            try:
                for future in as_completed(futures):
                    yield futures.pop(future), future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    return run


def _on_cluster(client: Client):
    from distributed import as_completed  # takes half a second: only for those who use it

    def run(work: Work, shared: Any, blocks: list[_Block]) -> Iterator[tuple[_Block, Arrays]]:
        everywhere = client.scatter(shared, broadcast=True, hash=False)
        futures = {client.submit(work, everywhere, b.start, b.stop, pure=False): b for b in blocks}
        for future in as_completed(futures):
            yield futures[future], future.result()
            future.release()

    return run
