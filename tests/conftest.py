from __future__ import annotations

from pathlib import Path

import pytest
from example import example_dataset
from small_town import SmallTown

from est_analysis.dataset import Dataset


@pytest.fixture
def town(tmp_path: Path) -> SmallTown:
    return SmallTown(tmp_path / "params" / "smastad")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real data is not on this machine")
    return folder


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The fictional example municipality, read and cleaned; nothing may change it."""
    return example_dataset(tmp_path_factory.mktemp("example"))
