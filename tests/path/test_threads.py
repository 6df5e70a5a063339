"""What calls change in the whole process is as before once all of them are over."""

import itertools
import os
import threading
import warnings

import numpy as np
import pytest
import sklearn.ensemble  # noqa: F401  loads an OpenMP pool
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

import riskcast as rc
from riskcast import _threads as threads
from riskcast._threads import one_thread, threads_for, threads_for_estimator
from riskcast._warning_filters import quietly

SMALL, LARGE = (100, 10), (5000, 5000)


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    """Two threads on an idle machine, whatever it is."""
    monkeypatch.setattr(threads, "others_running", lambda: 0.0)
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    with threadpool_limits(2):
        yield


def pools(kind=None):
    return [
        (pool["filepath"], pool["num_threads"])
        for pool in threadpool_info()
        if kind in (None, pool["user_api"])
    ]


def sizes(kind):
    return {number for _, number in pools(kind)}


@pytest.mark.parametrize("order", list(itertools.permutations("ABC")))
def test_pools_are_restored_in_whatever_order_calls_end(order):
    before = pools()
    inside = {name: one_thread() for name in "ABC"}
    for name in "ABC":
        inside[name].__enter__()
    for name in order:
        assert sizes("blas") == sizes("openmp") == {1}
        inside[name].__exit__(None, None, None)
    assert pools() == before


@pytest.mark.slow
@given(st.lists(st.integers(0, 4), max_size=30))
def test_any_sequence_of_entering_and_leaving_restores(moves):
    """Oracle: a set of those inside."""
    before, inside = pools(), {}
    for who in moves:
        if who in inside:
            inside.pop(who).__exit__(None, None, None)
        else:
            inside[who] = threads_for(SMALL)
            inside[who].__enter__()
        assert (sizes("blas") == {1}) == bool(inside)
    for one in inside.values():
        one.__exit__(None, None, None)
    assert pools() == before


def test_threads_that_overlap_in_random_orders_restore():
    before, filters = pools(), list(warnings.filters)
    start, failures = threading.Barrier(8), []

    def hammer(seed):
        random = np.random.default_rng(seed)
        start.wait()
        for _ in range(60):
            shape = [SMALL, LARGE, (30, 4000)][random.integers(3)]
            category = [UserWarning, Warning][random.integers(2)]
            try:
                with threads_for(shape), quietly(category), threads_for(SMALL):
                    if sizes("blas") != {1}:
                        failures.append(seed)
                    if random.random() < 0.3:
                        raise KeyError(seed)
            except KeyError:
                pass

    workers = [threading.Thread(target=hammer, args=(seed,)) for seed in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    assert pools() == before
    assert warnings.filters == filters


def test_concurrent_calls_leave_pools_and_filters_as_they_were():
    before, filters = pools(), list(warnings.filters)
    X = np.random.default_rng(0).standard_normal((60, 4))
    start = threading.Barrier(4)

    def call(number):
        start.wait()
        for size in (30 + 5 * number, 60):
            rc.risk_path(X[:size], X[:size, 0] ** 2)
            rc.GradientFlowRegressor(kernel="rbf").fit(X[:size], X[:size, 1]).predict(X)

    workers = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert pools() == before
    assert warnings.filters == filters


def test_a_generator_that_is_not_closed_restores_when_it_is_collected():
    before = pools()

    def rows():
        with one_thread():
            yield 1
            yield 2

    generator = rows()
    next(generator)
    with threads_for(SMALL):
        del generator
    assert pools() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forks beside threads
def test_a_forked_process_forgets_the_threads_it_does_not_have():
    """The child of a process, one of whose other threads is inside, has its pools back."""
    entered, leave = threading.Event(), threading.Event()

    def stay():
        with one_thread():
            entered.set()
            leave.wait()

    other = threading.Thread(target=stay)
    other.start()
    entered.wait()
    child = os.fork()
    if child == 0:
        own = sizes("blas") == {2}
        with one_thread():
            own &= sizes("blas") == {1}
        os._exit(0 if own and sizes("blas") == {2} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sizes("blas") == {1}
    leave.set()
    other.join()
    assert sizes("blas") == {2}


def test_small_problems_keep_to_one_thread_and_large_ones_do_not():
    for shape, blas, openmp in [
        (SMALL, 1, 1),
        ((64, 6830), 1, 1),
        ((35_000, 60), 1, 1),
        ((2000, 1500), 2, 1),
        ((400_000, 50), 1, 2),
        (LARGE, 2, 2),
    ]:
        with threads_for(shape):
            assert (sizes("blas"), sizes("openmp")) == ({blas}, {openmp}), shape


def test_an_unknown_estimator_is_small_where_rows_are_few():
    with threads_for_estimator(np.zeros((400, 32))):
        assert sizes("blas") == sizes("openmp") == {1}
    with threads_for_estimator(np.zeros((3000, 5))):
        assert sizes("blas") == {2}


def test_a_busy_machine_keeps_all_to_one_thread(monkeypatch):
    monkeypatch.setattr(threads, "others_running", lambda: 1.0)
    with threads_for(LARGE):
        assert sizes("blas") == sizes("openmp") == {1}


def test_a_limit_inside_a_larger_one_holds_until_it_ends():
    with threads_for(LARGE):
        with threads_for(SMALL):
            assert sizes("blas") == {1}
        assert sizes("blas") == {2}
    with threads_for(SMALL), threads_for(LARGE):
        assert sizes("blas") == {1}


@pytest.mark.parametrize("order", list(itertools.permutations("ABC")))
def test_warning_filters_are_restored_in_whatever_order_calls_end(order):
    filters = list(warnings.filters)
    inside = {"A": quietly(UserWarning), "B": quietly(), "C": quietly(RuntimeWarning)}
    for name in "ABC":
        inside[name].__enter__()
    for done, name in enumerate(order):
        with warnings.catch_warnings(record=True) as caught:
            warnings.warn("heard?", UserWarning, stacklevel=1)
        assert bool(caught) == (not {"A", "B"} & set(order[done:]))
        inside[name].__exit__(None, None, None)
    assert warnings.filters == filters


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="reads /proc")
def test_threads_of_this_process_are_not_those_of_others():
    """Otherwise the threads of one product would keep the next one to a single thread."""
    stop, matrix = threading.Event(), np.random.default_rng(0).normal(size=(300, 300))

    def multiply():
        while not stop.is_set():
            matrix @ matrix

    workers = [threading.Thread(target=multiply) for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        seen = max(threads.own_running() for _ in range(200))
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert seen >= 2
    assert threads.own_running() <= seen
