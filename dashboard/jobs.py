"""Long work in the background: one job at a time on the server, few waiting, all can be stopped.

A job runs in a thread of its own and tells how far it is. Pages ask it, from their own thread; it
never touches them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable

from slamcore.blocks import Progress, thread_count

__all__ = ["LIMIT", "BusyError", "Job", "Jobs", "StoppedError", "spare_threads"]

LIMIT = 4
"""Jobs that may wait or run at a time."""

Work = Callable[[Progress], object]


class BusyError(RuntimeError):
    """A job that cannot be taken now, told in one sentence."""


class StoppedError(Exception):
    """Raised inside a job that was asked to stop."""


class Job:
    """One piece of work.

    Parameters
    ----------
    owner : hashable
        Who asked for it.
    title : str
    work : callable
        Takes a progress callback, which raises once the job shall stop.

    Attributes
    ----------
    state : str
        ``waiting``, ``running``, ``done``, ``stopped`` or ``failed``.
    share : float
        Done of the present stage, 0 to 1.
    stage : str
        What is being done.
    result : object
        Of the work, once it is done.
    error : Exception or None
        Why it failed.
    """

    def __init__(self, owner: Hashable, title: str, work: Work):
        self.owner, self.title, self._work = owner, title, work
        self.state, self.share, self.stage = "waiting", 0.0, ""
        self.result: object = None
        self.error: Exception | None = None
        self._stop = threading.Event()

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running")

    def stop(self) -> None:
        """Ask it to end. It does so at its next progress; one that waits never begins."""
        self._stop.set()

    def run(self) -> None:
        """Do the work, in the calling thread."""
        try:
            self._tell(0, 1, self.title)
            self.state = "running"
            self.result = self._work(self._tell)
            self.state = "done"
        except StoppedError:
            self.state = "stopped"
        except Exception as error:  # whatever it is, the owner hears of it
            self.error, self.state = error, "failed"

    def _tell(self, done: int, total: int, stage: str) -> None:
        if self._stop.is_set():
            raise StoppedError
        self.share, self.stage = done / max(total, 1), stage


class Jobs:
    """The jobs of a server, in the order they were asked for."""

    def __init__(self):
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()  # the first one runs

    def start(self, owner: Hashable, title: str, work: Work) -> Job:
        """Take a job; it begins when those before it have ended.

        Parameters
        ----------
        owner : hashable
            May have one at a time.
        title : str
        work : callable

        Returns
        -------
        Job

        Raises
        ------
        BusyError
            If the owner has one already, or too many wait.
        """
        job = Job(owner, title, work)
        with self._lock:
            if any(other.owner == owner for other in self._jobs):
                raise BusyError("A job of yours is at work: wait for it, or cancel it")
            if len(self._jobs) >= LIMIT:
                raise BusyError(f"The server has {LIMIT} jobs already: try again in a minute")
            self._jobs.append(job)
            if len(self._jobs) == 1:
                threading.Thread(target=self._work_off, daemon=True).start()
        return job

    def ahead(self, job: Job) -> int:
        """How many jobs have to end before this one begins."""
        with self._lock:
            return self._jobs.index(job) if job in self._jobs else 0

    @property
    def are_idle(self) -> bool:
        """Whether none waits or runs."""
        with self._lock:
            return not self._jobs

    def stop_all(self) -> None:
        """Ask every job to end."""
        with self._lock:
            for job in self._jobs:
                job.stop()

    def _work_off(self) -> None:
        while True:
            with self._lock:
                job = self._jobs[0]
            job.run()
            with self._lock:
                self._jobs.popleft()
                if not self._jobs:
                    return


def spare_threads() -> int:
    """Threads for a job: one processor is left to the pages."""
    return max(1, thread_count() - 1)
