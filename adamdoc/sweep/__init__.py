"""Many runs: a grid or a random search over optimizers, hyperparameters, tasks and seeds."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adamdoc.optimizers import Optimizer
from adamdoc.problems import Problem
from adamdoc.sweep.jobs import Job, LogUniform, Record, plan
from adamdoc.sweep.store import open_store
from adamdoc.tasks import Task

__all__ = ["Job", "LogUniform", "Record", "plan", "sweep"]


def sweep(
    optimizers: type[Optimizer] | Iterable[type[Optimizer]],
    tasks: Problem | Task | Iterable[Problem | Task] | Mapping[str, Problem | Task],
    settings: Mapping[str, Any],
    *,
    samples: int | None = None,
    seeds: Iterable[int] = (0,),
    steps: int = 100,
    epochs: int | None = None,
    noise: float = 0.0,
    search_seed: int = 0,
    to: str | Path | None = None,
    jobs: int | None = None,
) -> list[Record]:
    """Run every optimizer with many settings on every task, with every seed.

    The work is done by joblib: ``jobs=-1`` takes all cores, and under ``joblib.parallel_config`` it
    goes to the backend that is set there, such as a Dask or Ray cluster. Runs of an elementwise
    optimizer on a problem are stepped as one array.

    Parameters
    ----------
    optimizers : class of Optimizer, or several
        What to run.
    tasks : Problem, Task, or several
        On what; the keys of a dict are the names in the table.
    settings : dict
        The values of each hyperparameter: a list or array for a grid. For a random search a list to
        choose from, or `LogUniform`. All optimizers get the same.
    samples : int, optional
        The number of settings to draw, for a random search. Without it all combinations are run.
    seeds : iterable of int, default (0,)
        Seeds of the noise on a problem, or of the start and the shuffling on a task.
    steps : int, default 100
        The number of steps on a problem.
    epochs : int, optional
        Passes over the data on a task; by default its own number.
    noise : float, default 0
        Standard deviation of the noise on the gradients of a problem (see `~adamdoc.minimize`).
    search_seed : int, default 0
        Seed of the random search.
    to : str or Path, optional
        A file to which each record is written as a line of JSON as soon as it is there. If it
        exists, what is in it is not run again: a sweep that was killed goes on where it was.
    jobs : int, optional
        How many run at once; -1 takes all cores. By default what ``joblib.parallel_config`` says.

    Returns
    -------
    list of dict
        A record for each run, in order: ``optimizer``, ``task``, ``seed``, the hyperparameters, the
        last ``loss`` and the ``best`` on the way (None if there is none), the test ``score`` of a
        task, ``steps``, ``diverged_at`` (None if it did not), and ``error``, a traceback if the run
        failed. ``pandas.DataFrame(records)`` makes a table of them.

    Raises
    ------
    ImportError
        If joblib is missing.
    TypeError
        If an argument has the wrong type, or an optimizer has no such hyperparameter.
    ValueError
        If nothing is to be run, or `to` holds something else than records.

    Examples
    --------
    >>> from adamdoc import Adam, GradientDescent, Ravine
    >>> from adamdoc.sweep import sweep
    >>> table = sweep([Adam, GradientDescent], Ravine(), {"lr": [0.05, 0.2]}, steps=550)
    >>> [(record["optimizer"], record["lr"], record["diverged_at"]) for record in table][2:]
    [('GradientDescent', 0.05, None), ('GradientDescent', 0.2, 322)]
    """
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise ImportError("sweep needs joblib: pip install 'adamdoc[sweep]'") from None
    work = plan(
        *(optimizers, tasks, settings),
        samples=samples,
        seeds=seeds,
        steps=steps,
        epochs=epochs,
        noise=noise,
        search_seed=search_seed,
    )
    with open_store(to) as store:
        done = store.complete(work)
        waiting = [job for job in work if job.key not in done]
        pool = Parallel(n_jobs=jobs, return_as="generator_unordered")
        with _progress(sum(len(job.settings) for job in work)) as advance:
            advance(sum(map(len, done.values())))
            for records in pool(delayed(Job.run)(job) for job in waiting):
                store.write(records)
                done[records[0]["job"]] = records
                advance(len(records))
    return [record for job in work for record in done[job.key]]


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """Show a bar on a terminal, if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda _count: None
        return
    with tqdm(total=total, unit="run", disable=None) as bar:
        yield bar.update
