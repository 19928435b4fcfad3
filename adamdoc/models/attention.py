"""A language model with a single attention layer."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import Gradient, Model, Params, cross_entropy, row_indices, softmax


@dataclass(frozen=True)
class Attention(Model):
    r"""A character-level language model: next-character prediction with one attention head.

    Parameters
    ----------
    length : int
        Context length in characters, at least 1.
    vocabulary : int
        Number of distinct characters, at least 2.
    width : int, default 32
        Embedding dimension, at least 1.

    Notes
    -----
    .. math::

        e_i &= E_{x_i} + P_i, \qquad q = e_L Q, \quad k_i = e_i K, \quad v_i = e_i V \\
        a_i &= \frac{\exp(q \cdot k_i / \sqrt{d})}{\sum_j \exp(q \cdot k_j / \sqrt{d})}, \qquad
        h = e_L + \sum_i a_i v_i \\
        z &= (h + \max(h W_1 + c_1, 0) W_2) U + c

    where :math:`L` is the length and :math:`d` the width, with the softmax cross-entropy of
    `SoftmaxRegression` on :math:`z`. It is the last position of a transformer with one block, one
    head and no normalization (A. Vaswani et al., NeurIPS 2017, equation 1). The inputs are
    character indices, shape (N, L). Parameters: ``E``, ``P``, ``Q``, ``K``, ``V``, ``W1``, ``c1``,
    ``W2``, ``U`` and ``c``. Matrices are initialized from a normal distribution with variance 1
    over the number of rows, ``E`` and ``P`` with variance 1 over the width, biases at zero.

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
        checks.integer("length", self.length, minimum=1)
        checks.integer("vocabulary", self.vocabulary, minimum=2)
        checks.integer("width", self.width, minimum=1)

    def dims(self) -> tuple[int, int | None]:
        """Return the context length and the vocabulary size (see `Model.dims`)."""
        return self.length, self.vocabulary

    def init(self, seed: int = 0) -> Params:
        """Return random weights and zero biases (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
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
        e = params["E"][row_indices(x, self.vocabulary)] + params["P"]
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
        d_out = delta @ params["U"].T
        d_r = (d_out @ params["W2"].T) * (r > 0)
        d_h = d_out + d_r @ params["W1"].T
        d_a = np.matmul(v, d_h[..., None])[..., 0]
        d_v = a[..., None] * d_h[:, None]
        score = a * (d_a - (a * d_a).sum(axis=1, keepdims=True)) / np.sqrt(self.width)
        d_q = np.matmul(score[:, None], k)[:, 0]
        d_k = score[..., None] * q[:, None]
        d_e = d_k @ params["K"].T + d_v @ params["V"].T
        d_e[:, -1] += d_h + d_q @ params["Q"].T
        flat = e.reshape(-1, self.width)
        table = np.zeros_like(params["E"])
        np.add.at(table, x.astype(int), d_e)
        return loss, {
            "E": table,
            "P": d_e.sum(axis=0),
            "Q": e[:, -1].T @ d_q,
            "K": flat.T @ d_k.reshape(flat.shape),
            "V": flat.T @ d_v.reshape(flat.shape),
            "W1": h.T @ d_r,
            "W2": r.T @ d_out,
            "U": f["out"].T @ delta,
            "c1": d_r.sum(axis=0),
            "c": delta.sum(axis=0),
        }

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the probabilities of the next character (see `Model.probabilities`)."""
        return softmax(self._forward(params, x)["z"])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the most probable next character (see `Model.predict`)."""
        return self._forward(params, x)["z"].argmax(axis=1)
