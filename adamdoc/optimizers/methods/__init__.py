"""The methods, one module each. To register a new method, import it here."""

from adamdoc.optimizers.methods.acprop import ACProp as ACProp
from adamdoc.optimizers.methods.adabelief import AdaBelief as AdaBelief
from adamdoc.optimizers.methods.adadelta import AdaDelta as AdaDelta
from adamdoc.optimizers.methods.adafactor import Adafactor as Adafactor
from adamdoc.optimizers.methods.adagrad import AdaGrad as AdaGrad
from adamdoc.optimizers.methods.adam import Adam as Adam
from adamdoc.optimizers.methods.adamax import AdaMax as AdaMax
from adamdoc.optimizers.methods.adamw import AdamW as AdamW
from adamdoc.optimizers.methods.adan import Adan as Adan
from adamdoc.optimizers.methods.ademamix import AdEMAMix as AdEMAMix
from adamdoc.optimizers.methods.adopt import ADOPT as ADOPT
from adamdoc.optimizers.methods.amsgrad import AMSGrad as AMSGrad
from adamdoc.optimizers.methods.asgd import ASGD as ASGD
from adamdoc.optimizers.methods.cocob import COCOB as COCOB
from adamdoc.optimizers.methods.dadapt_adamw import DAdaptAdamW as DAdaptAdamW
from adamdoc.optimizers.methods.dog import DoG as DoG
from adamdoc.optimizers.methods.dowg import DoWG as DoWG
from adamdoc.optimizers.methods.fromage import Fromage as Fromage
from adamdoc.optimizers.methods.ftrl import Ftrl as Ftrl
from adamdoc.optimizers.methods.gradient_descent import GradientDescent as GradientDescent
from adamdoc.optimizers.methods.lamb import LAMB as LAMB
from adamdoc.optimizers.methods.lars import LARS as LARS
from adamdoc.optimizers.methods.lbfgs import LBFGS as LBFGS
from adamdoc.optimizers.methods.lion import Lion as Lion
from adamdoc.optimizers.methods.madgrad import MADGRAD as MADGRAD
from adamdoc.optimizers.methods.momentum import HeavyBall as HeavyBall
from adamdoc.optimizers.methods.momentum import Momentum as Momentum
from adamdoc.optimizers.methods.momentum import Nesterov as Nesterov
from adamdoc.optimizers.methods.muon import Muon as Muon
from adamdoc.optimizers.methods.nadam import NAdam as NAdam
from adamdoc.optimizers.methods.novograd import NovoGrad as NovoGrad
from adamdoc.optimizers.methods.optimistic_adam import OptimisticAdam as OptimisticAdam
from adamdoc.optimizers.methods.optimistic_gradient_descent import (
    OptimisticGradientDescent as OptimisticGradientDescent,
)
from adamdoc.optimizers.methods.prodigy import Prodigy as Prodigy
from adamdoc.optimizers.methods.radam import RAdam as RAdam
from adamdoc.optimizers.methods.rmsprop import RMSprop as RMSprop
from adamdoc.optimizers.methods.rprop import Rprop as Rprop
from adamdoc.optimizers.methods.rprop_plus import RpropPlus as RpropPlus
from adamdoc.optimizers.methods.schedule_free_adamw import ScheduleFreeAdamW as ScheduleFreeAdamW
from adamdoc.optimizers.methods.schedule_free_sgd import ScheduleFreeSGD as ScheduleFreeSGD
from adamdoc.optimizers.methods.sgd import SGD as SGD
from adamdoc.optimizers.methods.shampoo import Shampoo as Shampoo
from adamdoc.optimizers.methods.sign_sgd import SignSGD as SignSGD
from adamdoc.optimizers.methods.signum import Signum as Signum
from adamdoc.optimizers.methods.simplified_ademamix import SimplifiedAdEMAMix as SimplifiedAdEMAMix
from adamdoc.optimizers.methods.sm3 import SM3 as SM3
from adamdoc.optimizers.methods.soap import SOAP as SOAP
from adamdoc.optimizers.methods.sophia import Sophia as Sophia
from adamdoc.optimizers.methods.sparse_adam import SparseAdam as SparseAdam
from adamdoc.optimizers.methods.yogi import Yogi as Yogi
