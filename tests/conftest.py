from __future__ import annotations

from pathlib import Path

import pytest
from small_town import SmallTown


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
