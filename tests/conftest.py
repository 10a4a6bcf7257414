from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from example import example_dataset
from hypothesis import HealthCheck, settings
from small_home import write_notebook
from small_town import SmallTown

from est_analysis.counts.dataset import Dataset
from est_analysis.errors import ReportError
from est_analysis.kernels import client
from est_analysis.pdf import find_browser
from est_analysis.report import Written, run_report

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


@pytest.fixture
def home(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a small town and the notebook ``short``; its archive lies in it."""
    folder = town.write().parents[1]
    write_notebook(folder)
    monkeypatch.setenv("EST_HOME", str(folder))
    monkeypatch.delenv("EST_ARCHIVE")
    return folder


@pytest.fixture(scope="session")
def fork_server() -> Iterator[str]:
    """The address of a process that has imported everything; empty where nothing can be forked."""
    if not client.can_fork():
        yield ""
        return
    here = str(Path(__file__).parent)
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    with client.WarmServer("warm:imported", env={**os.environ, "PYTHONPATH": path}) as server:
        assert not server.fault
        yield server.address


@pytest.fixture
def warm_kernels(fork_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of this test fork their kernel, which saves seconds, as those of a batch do."""
    if fork_server:
        monkeypatch.setenv(client.ADDRESS, fork_server)


@pytest.fixture(scope="session")
def warm_report(fork_server: str) -> Callable[..., Written]:
    """`run_report` with a forked kernel, for reports that several tests look at."""

    def made(*arguments: Any, **options: Any) -> Written:
        with pytest.MonkeyPatch.context() as patch:
            if fork_server:
                patch.setenv(client.ADDRESS, fork_server)
            return run_report(*arguments, **options)

    return made


@pytest.fixture(scope="session")
def editions(
    warm_report: Callable[..., Written], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Written]:
    """The example's tertial report for each audience, with its annexes."""
    folder = tmp_path_factory.mktemp("editions")
    return {
        audience: warm_report(
            "tertial", "exempelkommun", "2025-T3", audience=audience,
            output=folder / audience, annex=True, csv=True,
        )
        for audience in ("internal", "public")
    }  # fmt: skip


QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser of the machine; tests that need one skip where there is none."""
    try:
        return find_browser()
    except ReportError as fault:
        pytest.skip(str(fault))


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Any]:
    """The browser without a screen, driven by Playwright."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        running.close()


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
