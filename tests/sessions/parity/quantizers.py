"""Hold the quantizer of 8-bit optimizers against that of bitsandbytes.

Its code for numbers in double precision takes the nearest value. That for float32 on CPUs, which
its optimizers use, takes another one for many numbers that are far smaller than the largest.
"""

from typing import Any

import numpy as np

from adamdoc.optimizers import quantizer

NAMES = {"bitsandbytes quantizer, signed": True, "bitsandbytes quantizer, unsigned": False}
#: The values are computed in float32 there.
LIMIT = 1e-6


def check_quantizer(name: str) -> dict[str, Any]:
    """Return the largest deviation of the values, and of numbers of many sizes."""
    import torch
    from bitsandbytes.functional import create_dynamic_map

    signed = NAMES[name]
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal(3000) * 10.0 ** rng.uniform(-6, 2, 3000)
    numbers = (numbers if signed else np.abs(numbers)).astype(np.float32)
    code = create_dynamic_map(signed)
    quantize = torch.ops.bitsandbytes.quantize_blockwise
    chosen, largest = quantize(torch.tensor(numbers).double(), code, quantizer.BLOCK)
    scales = np.repeat(largest.numpy(), quantizer.BLOCK)[: len(numbers)]
    gaps = np.abs(quantizer.quantize(numbers, float(signed)) - code[chosen.long()].numpy() * scales)
    off = float(max((gaps / scales).max(), np.abs(code.numpy() - quantizer.values(signed)).max()))
    faults = [] if off <= LIMIT else [f"{name}: off by {off:.1e}"]
    return {"peer": name, "deviation": off, "faults": faults}


if __name__ == "__main__":
    for title in NAMES:
        print(check_quantizer(title))
