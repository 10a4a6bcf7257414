"""Where the actors' exports come from before they are read."""

from __future__ import annotations

import os

from est_analysis import remote
from est_analysis.cleaned import FOLDER
from est_analysis.config import Settings
from est_analysis.simulate import is_simulated, simulate_exports


def ensure_exports(settings: Settings) -> None:
    """Have the exports at hand: fetch those that lie at an address, make missing fictional ones.

    A report of a batch fetches nothing: the batch did.
    """
    town = settings.municipality
    if town.exports_address and not os.environ.get(FOLDER):
        remote.fetch(town.exports_address, town.exports)
    if is_simulated(settings):
        simulate_exports(settings)
