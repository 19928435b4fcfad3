"""The optimizers, one module each: the docstring holds the equations, `update` computes them.

To register a new one, import it here. Everything else follows: the package's names, the reference,
the algorithm box, the lineage, the test vectors and the tests.
"""

import inspect as _inspect

from adamdoc.optimizers.adabelief import AdaBelief as AdaBelief
from adamdoc.optimizers.adadelta import AdaDelta as AdaDelta
from adamdoc.optimizers.adafactor import Adafactor as Adafactor
from adamdoc.optimizers.adafactor_dialect import AdafactorDialect as AdafactorDialect
from adamdoc.optimizers.adagrad import AdaGrad as AdaGrad
from adamdoc.optimizers.adagrad_dialect import AdaGradDialect as AdaGradDialect
from adamdoc.optimizers.adam import Adam as Adam
from adamdoc.optimizers.adam_dialect import AdamDialect as AdamDialect
from adamdoc.optimizers.adamax import AdaMax as AdaMax
from adamdoc.optimizers.adamax_dialect import AdaMaxDialect as AdaMaxDialect
from adamdoc.optimizers.adamw import AdamW as AdamW
from adamdoc.optimizers.adan import Adan as Adan
from adamdoc.optimizers.adan_dialect import AdanDialect as AdanDialect
from adamdoc.optimizers.ademamix import AdEMAMix as AdEMAMix
from adamdoc.optimizers.adopt import ADOPT as ADOPT
from adamdoc.optimizers.adopt_dialect import ADOPTDialect as ADOPTDialect
from adamdoc.optimizers.amsgrad import AMSGrad as AMSGrad
from adamdoc.optimizers.amsgrad_dialect import AMSGradDialect as AMSGradDialect
from adamdoc.optimizers.base import Optimizer as Optimizer
from adamdoc.optimizers.cautious import Cautious as Cautious
from adamdoc.optimizers.clipping import ClipByNorm as ClipByNorm
from adamdoc.optimizers.clipping import ClipByValue as ClipByValue
from adamdoc.optimizers.coupled_decay import CoupledDecay as CoupledDecay
from adamdoc.optimizers.decoupled_decay import DecoupledDecay as DecoupledDecay
from adamdoc.optimizers.gradient_descent import GradientDescent as GradientDescent
from adamdoc.optimizers.lamb import LAMB as LAMB
from adamdoc.optimizers.lamb_dialect import LAMBDialect as LAMBDialect
from adamdoc.optimizers.lion import Lion as Lion
from adamdoc.optimizers.lookahead import Lookahead as Lookahead
from adamdoc.optimizers.maximize import Maximize as Maximize
from adamdoc.optimizers.momentum import HeavyBall as HeavyBall
from adamdoc.optimizers.momentum import Momentum as Momentum
from adamdoc.optimizers.momentum import Nesterov as Nesterov
from adamdoc.optimizers.muon import Muon as Muon
from adamdoc.optimizers.muon_dialect import MuonDialect as MuonDialect
from adamdoc.optimizers.nadam import NAdam as NAdam
from adamdoc.optimizers.prodigy import Prodigy as Prodigy
from adamdoc.optimizers.radam import RAdam as RAdam
from adamdoc.optimizers.radam_dialect import RAdamDialect as RAdamDialect
from adamdoc.optimizers.rmsprop import RMSprop as RMSprop
from adamdoc.optimizers.rmsprop_dialect import RMSpropDialect as RMSpropDialect
from adamdoc.optimizers.sam import SAM as SAM
from adamdoc.optimizers.schedule_free_adamw import ScheduleFreeAdamW as ScheduleFreeAdamW
from adamdoc.optimizers.schedule_free_sgd import ScheduleFreeSGD as ScheduleFreeSGD
from adamdoc.optimizers.sgd import SGD as SGD
from adamdoc.optimizers.shampoo import Shampoo as Shampoo
from adamdoc.optimizers.sign_sgd import SignSGD as SignSGD
from adamdoc.optimizers.signum import Signum as Signum
from adamdoc.optimizers.soap import SOAP as SOAP
from adamdoc.optimizers.sophia import Sophia as Sophia
from adamdoc.optimizers.wrapper import Wrapper as Wrapper
from adamdoc.optimizers.yogi import Yogi as Yogi
from adamdoc.optimizers.yogi_dialect import YogiDialect as YogiDialect

#: All classes by name, in alphabetical order.
CLASSES = {
    name: value
    for name, value in sorted(globals().items())
    if isinstance(value, type) and issubclass(value, Optimizer)
}

#: Every optimizer, wrappers included.
ALL = tuple(cls for cls in CLASSES.values() if not _inspect.isabstract(cls))

#: Those whose coordinates are stepped by themselves: their equations are parsed and compiled.
ELEMENTWISE = tuple(cls for cls in ALL if cls.elementwise)
