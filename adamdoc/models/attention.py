"""A language model of one attention layer."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import Gradient, Model, Params, cross_entropy, numbers, softmax


@dataclass(frozen=True)
class Attention(Model):
    r"""A model of text: the next character from the last ones, by one head of attention.

    Parameters
    ----------
    length : int
        How many characters it sees, at least 1.
    vocabulary : int
        The number of different characters, at least 2.
    width : int, default 32
        Width of each vector, at least 1.

    Notes
    -----
    .. math::

        e_i &= E_{x_i} + P_i, \qquad q = e_L Q, \quad k_i = e_i K, \quad v_i = e_i V \\
        a_i &= \frac{\exp(q \cdot k_i / \sqrt{d})}{\sum_j \exp(q \cdot k_j / \sqrt{d})}, \qquad
        h = e_L + \sum_i a_i v_i \\
        z &= (h + \max(h W_1 + c_1, 0) W_2) U + c

    where :math:`L` is the length and :math:`d` the width, with the softmax cross-entropy of
    `SoftmaxRegression` on :math:`z`. It is the last position of a transformer of one block, one
    head and no normalisation (A. Vaswani et al., NeurIPS 2017, equation 1). The inputs are numbers
    of characters, shape (N, L). Parameters: ``E``, ``P``, ``Q``, ``K``, ``V``, ``W1``, ``c1``,
    ``W2``, ``U`` and ``c``; matrices start normal with variance 1 over the height, ``E`` and ``P``
    with 1 over the width, offsets at zero.

    Examples
    --------
    >>> from adamdoc.models import Attention
    >>> {name: p.shape for name, p in Attention(16, 30, width=8).init().items()}["E"]
    (30, 8)
    """

    length: int
    vocabulary: int
    width: int = 32

    def __post_init__(self) -> None:
        """Check the arguments."""
        checks.integer("length", self.length, least=1)
        checks.integer("vocabulary", self.vocabulary, least=2)
        checks.integer("width", self.width, least=1)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of characters seen and of different ones (see `Model.dims`)."""
        return self.length, self.vocabulary

    def init(self, seed: int = 0) -> Params:
        """Return random weights and zero offsets (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, least=0))
        d = self.width
        shapes = {"E": (self.vocabulary, d), "P": (self.length, d)}
        shapes |= {"Q": (d, d), "K": (d, d), "V": (d, d), "W1": (d, 2 * d), "W2": (2 * d, d)}
        shapes["U"] = (d, self.vocabulary)
        params = {
            name: rng.normal(scale=(d if name in "EP" else shape[0]) ** -0.5, size=shape)
            for name, shape in shapes.items()
        }
        return params | {"c1": np.zeros(2 * d), "c": np.zeros(self.vocabulary)}

    def _forward(self, params: Params, x: Array) -> dict[str, Array]:
        e = params["E"][numbers(x, self.vocabulary)] + params["P"]
        last = e[:, -1]
        q, k, v = last @ params["Q"], e @ params["K"], e @ params["V"]
        a = softmax(np.matmul(k, q[..., None])[..., 0] / np.sqrt(self.width))
        h = last + np.matmul(a[:, None], v)[:, 0]
        r = np.maximum(h @ params["W1"] + params["c1"], 0)
        out = h + r @ params["W2"]
        z = out @ params["U"] + params["c"]
        return {"e": e, "q": q, "k": k, "v": v, "a": a, "h": h, "r": r, "out": out, "z": z}

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        f = self._forward(params, x)
        e, q, k, v, a, h, r = (f[name] for name in ("e", "q", "k", "v", "a", "h", "r"))
        loss, delta = cross_entropy(f["z"], y)
        by_out = delta @ params["U"].T
        by_r = (by_out @ params["W2"].T) * (r > 0)
        by_h = by_out + by_r @ params["W1"].T
        by_a = np.matmul(v, by_h[..., None])[..., 0]
        by_v = a[..., None] * by_h[:, None]
        score = a * (by_a - (a * by_a).sum(axis=1, keepdims=True)) / np.sqrt(self.width)
        by_q = np.matmul(score[:, None], k)[:, 0]
        by_k = score[..., None] * q[:, None]
        by_e = by_k @ params["K"].T + by_v @ params["V"].T
        by_e[:, -1] += by_h + by_q @ params["Q"].T
        flat = e.reshape(-1, self.width)
        table = np.zeros_like(params["E"])
        np.add.at(table, x.astype(int), by_e)
        return loss, {
            "E": table,
            "P": by_e.sum(axis=0),
            "Q": e[:, -1].T @ by_q,
            "K": flat.T @ by_k.reshape(flat.shape),
            "V": flat.T @ by_v.reshape(flat.shape),
            "W1": h.T @ by_r,
            "W2": r.T @ by_out,
            "U": f["out"].T @ delta,
            "c1": by_r.sum(axis=0),
            "c": delta.sum(axis=0),
        }

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the probabilities of the next character (see `Model.probabilities`)."""
        return softmax(self._forward(params, x)["z"])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the likeliest next character (see `Model.predict`)."""
        return self._forward(params, x)["z"].argmax(axis=1)
