from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from example import example_dataset
from hypothesis import HealthCheck, settings
from small_town import SmallTown

from est_analysis.dataset import Dataset

# EST_HYPOTHESIS=nightly looks at 10,000 examples of every property.
for profile, examples in (("fast", 30), ("nightly", 10_000)):
    settings.register_profile(
        profile,
        max_examples=examples,
        deadline=None,
        derandomize=profile == "fast",
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
settings.load_profile(os.environ.get("EST_HYPOTHESIS", "fast"))


# What tests read and make is noted in archives of their own.
_ARCHIVES = tempfile.TemporaryDirectory(prefix="est-archives-")
os.environ["EST_ARCHIVE"] = _ARCHIVES.name


@pytest.fixture(autouse=True)
def own_archive(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the archives of one test."""
    folder = tmp_path_factory.mktemp("archives")
    monkeypatch.setenv("EST_ARCHIVE", str(folder))
    return folder


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
