"""General forms with switches for the differences between libraries, one module each.

The settings in the table of dialects use these and the optimizers of the package. To register a new
form, import it here.
"""

from adamdoc.dialects.forms.acprop import ACPropDialect as ACPropDialect
from adamdoc.dialects.forms.adafactor import AdafactorDialect as AdafactorDialect
from adamdoc.dialects.forms.adagrad import AdaGradDialect as AdaGradDialect
from adamdoc.dialects.forms.adam import AdamDialect as AdamDialect
from adamdoc.dialects.forms.adamax import AdaMaxDialect as AdaMaxDialect
from adamdoc.dialects.forms.adan import AdanDialect as AdanDialect
from adamdoc.dialects.forms.adopt import ADOPTDialect as ADOPTDialect
from adamdoc.dialects.forms.amsgrad import AMSGradDialect as AMSGradDialect
from adamdoc.dialects.forms.fairseq_adafactor import (
    FairseqAdafactorDialect as FairseqAdafactorDialect,
)
from adamdoc.dialects.forms.lamb import LAMBDialect as LAMBDialect
from adamdoc.dialects.forms.laprop import LaPropDialect as LaPropDialect
from adamdoc.dialects.forms.lars import LARSDialect as LARSDialect
from adamdoc.dialects.forms.lbfgs import LBFGSDialect as LBFGSDialect
from adamdoc.dialects.forms.mars import MARSDialect as MARSDialect
from adamdoc.dialects.forms.muon import MuonDialect as MuonDialect
from adamdoc.dialects.forms.optimistic_adam import OptimisticAdamDialect as OptimisticAdamDialect
from adamdoc.dialects.forms.radam import RAdamDialect as RAdamDialect
from adamdoc.dialects.forms.rmsprop import RMSpropDialect as RMSpropDialect
from adamdoc.dialects.forms.yogi import YogiDialect as YogiDialect
from adamdoc.optimizers import concrete

#: All forms by name.
CLASSES = concrete(globals())
