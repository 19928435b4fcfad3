"""
Title here
==========

Text :math:`\\hat{m}_t`.
"""

from adamdoc import Adam, Ravine, minimize
from adamdoc.plotting import plot_paths

ax = plot_paths(Ravine(), minimize(Ravine(), Adam(lr=0.2)))
ax.figure.set_label("The path of Adam in the ravine.")
