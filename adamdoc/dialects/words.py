"""The words in which two optimizers are compared: `adamdoc.dialects.changes` fills them in.

They are data, so that the converter of the site says the same in a browser.
"""

#: Places where eps is added: the field, and the words.
PLACES = {
    "eps": "to the root of the {moment}",
    "eps_root": "to the {moment} under the root",
    "eps_hat": "to the root of the uncorrected second moment",
}
#: What a hyperparameter does, where its name does not say so.
MEANING = {
    "initial": "{side} starts its accumulator at {value}",
    "lr_decay": "{side} divides the learning rate by 1 + {value} (t - 1)",
    "dampening": "{side} leaves a share of {value} of the gradient out of its buffer",
    "momentum_decay": "the momentum's decay rate of {side} rises with 0.96 to the power of "
    "{value} t",
    "threshold": "{side} corrects the variance from an average length of {value} on",
}
#: What a switch does, on and off.
SWITCHES = {
    "centered": ("centres the second moment about the mean gradient", "does not"),
    "nesterov": ("takes the Nesterov step", "does not"),
    "rate_first": ("multiplies the learning rate in before the buffer of momentum", "after it"),
    "amsgrad": ("divides by the largest second moment so far", "by the current one"),
    "correction": ("corrects the bias", "does not"),
    "relative": ("bounds its learning rate by 1 / sqrt(t)", "does not"),
    "scaled": ("multiplies the step by the size of the parameters", "does not"),
    "fallback": ("steps without the second moment at first", "does not step"),
}
#: What clips by the norm of all arrays, by library.
CLIP_NAMES = {
    "keras": "global_clipnorm of Keras",
    "optax": "optax.clip_by_global_norm",
    "pytorch_optimizer": "torch.nn.utils.clip_grad_norm_",
    "torch": "torch.nn.utils.clip_grad_norm_",
}
#: Which norm a wrapper clips by.
SCOPES = {"ClipByNorm": "of all arrays together", "ClipEachByNorm": "of each array by itself"}
#: The sentences, by what they are about. Names in braces are filled in.
WORDS = {
    "clip eps": "{a} adds {eps} to the norm by which it divides, {b} adds nothing",
    "clip share": ": a clipped gradient is shorter by a share of at most {share}",
    "clip scope": "{a} clips by the norm {before}, {b} {after}",
    "clip each": ". `for p in model.parameters(): {clip}(p, {norm})` clips each",
    "clip order": "{a} clips {before}, {b} {after}",
    "gradient": "the gradient alone",
    "gradient and decay": "the sum of gradient and decay",
    "dropped": "{target} has no {wrapper}: {purpose}",
    "coupled by hand": ". In Keras, keras.regularizers.L2({half}) on the layers adds it to the "
    "gradient, but before any clipping",
    "decoupled by hand": ". In PyTorch, `p.data.mul_(1 - {lr} * {decay})` for each parameter "
    "before the step shrinks them directly",
    "decay": "the weight decay of {inside} is added to the gradient and scaled like it{longer}; "
    "that of {outside} shrinks the parameters directly",
    "amplified": ", by {factor} in the long run",
    "decay inside": "the weight decay of {inside} is a part of its step, and scaled like it; that "
    "of {outside} shrinks the parameters directly",
    "undampened": "{a} leaves a share of {share} of each gradient except the first out of its "
    "buffer. {b} has no dampening: its learning rate is smaller by that share, and so is its first "
    "step",
    "eps": "{a} adds {own} {there}, {b} adds {other} {here}",
    "eps hat": ": {hat} {side} acts like {root} at step 1 and like {hat} in the long run",
    "eps root": ": {size} {side} acts like {root} where gradients vanish",
    "second moment": "second moment",
    "sum of squares": "sum of squares",
    "switch": "{a} {on}, {b} {off}",
    "no counterpart": "{b} has no counterpart of {own}, which is {before} in {a}",
    "always": "{other} is always {after} in {b}, and {before} in {a}",
    "no maximize": "{library} has no option to maximize: negate the loss",
    "rejects": "{peer} rejects {condition}",
    "cannot be": "{peers} cannot be {optimizer}",
    "not reproduced": "adamdoc cannot reproduce {peer}: {why}",
    "no method": "{library} has no {name}",
    "elsewhere": "; {peers} {have} it",
    "relative": "; the closest relative in {library} is {peer}",
}
