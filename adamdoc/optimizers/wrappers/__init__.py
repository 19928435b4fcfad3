"""The wrappers, one module each. To register a new wrapper, import it here."""

from adamdoc.optimizers.wrappers.accumulation import GradientAccumulation as GradientAccumulation
from adamdoc.optimizers.wrappers.averages import LAWA as LAWA
from adamdoc.optimizers.wrappers.averages import SWA as SWA
from adamdoc.optimizers.wrappers.averages import EMAOverwrite as EMAOverwrite
from adamdoc.optimizers.wrappers.averages import WeightEMA as WeightEMA
from adamdoc.optimizers.wrappers.cautious import Cautious as Cautious
from adamdoc.optimizers.wrappers.centralization import (
    GradientCentralization as GradientCentralization,
)
from adamdoc.optimizers.wrappers.clipping import AGC as AGC
from adamdoc.optimizers.wrappers.clipping import ClipByNorm as ClipByNorm
from adamdoc.optimizers.wrappers.clipping import ClipByRMS as ClipByRMS
from adamdoc.optimizers.wrappers.clipping import ClipByValue as ClipByValue
from adamdoc.optimizers.wrappers.clipping import ClipEachByNorm as ClipEachByNorm
from adamdoc.optimizers.wrappers.coupled_decay import CoupledDecay as CoupledDecay
from adamdoc.optimizers.wrappers.decoupled_decay import DecoupledDecay as DecoupledDecay
from adamdoc.optimizers.wrappers.groups import Groups as Groups
from adamdoc.optimizers.wrappers.line_search import Backtracking as Backtracking
from adamdoc.optimizers.wrappers.line_search import StrongWolfe as StrongWolfe
from adamdoc.optimizers.wrappers.line_search import ZoomLineSearch as ZoomLineSearch
from adamdoc.optimizers.wrappers.lookahead import Lookahead as Lookahead
from adamdoc.optimizers.wrappers.maximize import Maximize as Maximize
from adamdoc.optimizers.wrappers.mechanic import Mechanic as Mechanic
from adamdoc.optimizers.wrappers.noise import GradientNoise as GradientNoise
from adamdoc.optimizers.wrappers.nonnegative import NonNegative as NonNegative
from adamdoc.optimizers.wrappers.sam import SAM as SAM
from adamdoc.optimizers.wrappers.smoothing import GradientEMA as GradientEMA
from adamdoc.optimizers.wrappers.smoothing import NormalizedGradient as NormalizedGradient
from adamdoc.optimizers.wrappers.wrapper import Wrapper as Wrapper
