"""Grid and random search over optimizers, hyperparameters, tasks and seeds."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adamdoc.sweep.jobs import Factory, Job, LogUniform, Record, Runnable, plan
from adamdoc.sweep.store import open_store

__all__ = ["Job", "LogUniform", "Record", "plan", "sweep"]


def sweep(
    optimizers: Factory | Iterable[Factory] | Mapping[str, Factory],
    tasks: Runnable | Iterable[Runnable] | Mapping[str, Runnable],
    settings: Mapping[str, Any],
    *,
    start: Any = None,
    samples: int | None = None,
    seeds: Iterable[int] = (0,),
    steps: int = 100,
    epochs: int | None = None,
    noise: float = 0.0,
    search_seed: int = 0,
    to: str | Path | None = None,
    jobs: int | None = None,
) -> list[Record]:
    """Run every optimizer with all settings on every task, with every seed.

    The runs are distributed with joblib: ``jobs=-1`` uses all cores, and
    ``joblib.parallel_config`` selects another backend, such as a Dask or Ray cluster. The runs of
    an elementwise optimizer on a problem are vectorized. If one of the two is your own, the last
    run is repeated alone, and all are if it differs.

    Parameters
    ----------
    optimizers : class of Optimizer, callable, or several
        The optimizers to run: classes, or functions that return an optimizer with given
        hyperparameters, such as ``functools.partial(Adam, eps=1e-6)``. The keys of a dict are their
        names in the records.
    tasks : Problem, Task, pair of callables, or several
        The tasks to run them on; a pair ``(loss, grad)`` are functions of the parameters (see
        `~adamdoc.minimize`). The keys of a dict are their names in the records.
    settings : dict
        The values of each hyperparameter, the same for all optimizers. A list or array for a grid
        search; a list to choose from, or `LogUniform`, for a random search.
    start : array_like or dict of array_like, optional
        The starting point on problems and functions, or that of each by name. By default that of
        the problem; for functions it is required.
    samples : int, optional
        The number of settings to draw in a random search. If omitted, all combinations are run.
    seeds : iterable of int, default (0,)
        Seeds of the noise on a problem, or of the initialization and shuffling on a task.
    steps : int, default 100
        The number of steps on a problem.
    epochs : int, optional
        The number of epochs on a task; by default that of the task.
    noise : float, default 0
        Standard deviation of the noise on the gradients of a problem (see `~adamdoc.minimize`).
    search_seed : int, default 0
        Seed of the random search.
    to : str or Path, optional
        A JSON Lines file to which records are appended as soon as they are complete. Runs whose
        records are already in it are skipped, so an interrupted sweep can be resumed. A run counts
        as another one if the code of adamdoc or of an optimizer, task or function of your own has
        changed, or a constant or data that it uses (but not a file that it reads). The old records
        stay in the file, with another ``job``, but are not returned.
    jobs : int, optional
        The number of parallel workers; -1 uses all cores. By default that of
        ``joblib.parallel_config``.

    Returns
    -------
    list of dict
        One record per run, in order: ``optimizer``, ``task``, ``seed``, the hyperparameters, the
        final ``loss`` and the ``best`` loss of the run (None if there is none), the test ``score``
        of a task with test samples, ``steps``, ``diverged_at`` (None if the run did not diverge),
        and ``error``, the traceback if the run failed. A hyperparameter that shares its name with
        one of these gets the prefix ``setting_``. ``pandas.DataFrame(records)`` converts the
        records to a table.

    Raises
    ------
    ImportError
        If joblib is not installed.
    TypeError
        If an argument has the wrong type, or an optimizer lacks one of the hyperparameters.
    ValueError
        If there is nothing to run, two optimizers or tasks share a name, a starting point is
        missing or has the wrong shape, or `to` exists and was not written by a sweep.

    Warns
    -----
    UserWarning
        If a line of `to` is corrupt. Its run is computed again, and the line moved to a file whose
        name ends in ``.corrupt``.

    Examples
    --------
    >>> from adamdoc import Adam, GradientDescent, Ravine
    >>> from adamdoc.sweep import sweep
    >>> table = sweep([Adam, GradientDescent], Ravine(), {"lr": [0.05, 0.2]}, steps=550)
    >>> [(record["optimizer"], record["lr"], record["diverged_at"]) for record in table][2:]
    [('GradientDescent', 0.05, None), ('GradientDescent', 0.2, 322)]

    Functions of your own:

    >>> mine = {"bowl": (lambda p: (p**2).sum(), lambda p: 2 * p)}
    >>> [record["loss"] for record in sweep(GradientDescent, mine, {"lr": [0.5]}, start=[3.0, 4.0])]
    [0.0]
    """
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise ImportError("sweep needs joblib: pip install 'adamdoc[sweep]'") from None
    work = plan(
        *(optimizers, tasks, settings),
        start=start,
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
    """Show a progress bar on a terminal, if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda _count: None
        return
    with tqdm(total=total, unit="run", disable=None) as bar:
        yield bar.update
