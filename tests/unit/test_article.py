"""The article's four runs, typed again as plain functions, agree with minimize.

The article is "Adam- The most famous ML optimizer from Scratch".
"""

import math

import numpy as np
import pytest

from adamdoc import Adam, GradientDescent, Momentum, Ravine, minimize


def f(x, y):
    return x * x + 10 * y * y


def df(x, y):
    return 2 * x, 20 * y


def gradient_descent(lr, steps):
    x, y = 1.5, 1.5
    yield x, y
    for _ in range(steps):
        gx, gy = df(x, y)
        x -= lr * gx
        y -= lr * gy
        yield x, y


def momentum(lr, steps, beta=0.9):
    x, y, vx, vy = 1.5, 1.5, 0.0, 0.0
    yield x, y
    for _ in range(steps):
        gx, gy = df(x, y)
        vx = beta * vx + (1 - beta) * gx
        vy = beta * vy + (1 - beta) * gy
        x -= lr * vx
        y -= lr * vy
        yield x, y


def adam(lr, steps, beta1=0.9, beta2=0.999, eps=1e-8):
    x, y, mx, my, vx, vy = 1.5, 1.5, 0.0, 0.0, 0.0, 0.0
    yield x, y
    for t in range(1, steps + 1):
        gx, gy = df(x, y)
        mx = beta1 * mx + (1 - beta1) * gx
        my = beta1 * my + (1 - beta1) * gy
        vx = beta2 * vx + (1 - beta2) * gx * gx
        vy = beta2 * vy + (1 - beta2) * gy * gy
        x -= lr * (mx / (1 - beta1**t)) / (math.sqrt(vx / (1 - beta2**t)) + eps)
        y -= lr * (my / (1 - beta1**t)) / (math.sqrt(vy / (1 - beta2**t)) + eps)
        yield x, y


@pytest.mark.parametrize(
    ("plain", "optimizer", "lr", "steps"),
    [
        (gradient_descent, GradientDescent, 0.2, 550),
        (adam, Adam, 0.2, 550),
        (momentum, Momentum, 0.1, 100),
        (adam, Adam, 0.1, 100),
    ],
)
def test_run_of_the_article(plain, optimizer, lr, steps):
    run = minimize(Ravine(), optimizer(lr=lr), steps=steps)
    path = np.array(list(plain(lr, steps)))
    losses = np.array([f(x, y) for x, y in path.tolist()])  # inf where it overflows
    finite = np.isfinite(losses)
    count = int(finite.sum())
    assert finite[:count].all()
    assert len(run.path) == count
    np.testing.assert_allclose(run.path, path[:count], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(run.losses, losses[:count], rtol=1e-12, atol=1e-12)
    if optimizer is GradientDescent:
        assert run.diverged_at == count == 322
    else:
        assert run.diverged_at is None
        assert count == steps + 1


def test_gradient_descent_grows_threefold_in_y():
    run = minimize(Ravine(), GradientDescent(lr=0.2), steps=550)
    np.testing.assert_allclose(run.path[1:, 1] / run.path[:-1, 1], -3.0, rtol=1e-12)
