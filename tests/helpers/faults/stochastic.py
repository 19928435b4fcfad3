"""Faults for the claims about stochastic gradients."""

from adamdoc import training
from adamdoc.models import SoftmaxRegression
from adamdoc.optimizers import Adam, ClipByNorm, GradientDescent
from faults.updates import adam, descent, summed_loss, undivided, whole_batches, without_clipping


def squared(m_hat, v_hat, eps):
    return m_hat / (v_hat + eps)


FAULTS = {
    "Adam divides by v without the root": [(Adam, "update", adam(squared))],
    "Adam does not divide": [(Adam, "update", adam(undivided))],
    "gradient descent ignores its rate": [(GradientDescent, "update", descent(rate=0.01))],
    "ClipByNorm does not clip": [(ClipByNorm, "update", without_clipping)],
    "train takes all samples": [(training, "_batches", whole_batches)],
    "the loss is a sum": [(SoftmaxRegression, "loss_and_grad", summed_loss)],
}
