"""The official clients against our API, and the table of what each of them can do with it.

A test is about the client of its `peer` mark and fills the cell of its `cell` marks. The table is
printed at the end and written to the file that `HOMING_MATRIX_CLIENTS` names.
"""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from clients.libraries import CALLS, Client, Library
from clients.site import Site, open_site
from clients.table import Table
from conformance.matrix import ABSENT, BROKEN, HELD
from homing.transport.development import DevelopmentFiles, make_development_certificate
from support.client_peers import ClientProcess, need_client
from support.on_thread import LoopThread

TABLE = pytest.StashKey[Table]()
LAST = "test_the_page_of_the_documentation_is_what_this_run_gives"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "peer(peer): whose column of the table of clients")
    config.addinivalue_line("markers", "cell(what): which row of it")
    config.stash[TABLE] = Table(CALLS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads the table comes last, whatever order chance has given the others."""
    items.sort(key=lambda item: item.name == LAST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    peer = item.get_closest_marker("peer")
    if peer is not None:
        outcome = {"passed": HELD, "skipped": ABSENT, "failed": BROKEN}[report.outcome]
        if report.when == "call" or outcome != HELD:
            for cell in item.iter_markers("cell"):
                item.config.stash[TABLE].calls.record(peer.args[0], cell.args[0], outcome)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    table = config.stash[TABLE]
    if not table.calls.cells:
        return
    terminalreporter.section("official clients")
    for line in table.lines():
        terminalreporter.write_line(line)
    path = os.environ.get("HOMING_MATRIX_CLIENTS")
    if path:
        Path(path).write_text(table.page(), encoding="utf-8")


@pytest.fixture
def table(pytestconfig: pytest.Config) -> Table:
    return pytestconfig.stash[TABLE]


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    with LoopThread() as loop:
        yield loop


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentFiles:
    return make_development_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def http_site(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(loop, tmp_path_factory.mktemp("http"), None) as site:
        yield site


@pytest.fixture(scope="session")
def https_site(
    loop: LoopThread, certificate: DevelopmentFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with open_site(loop, tmp_path_factory.mktemp("https"), certificate) as site:
        yield site


@pytest.fixture(scope="session")
def process_of(certificate: DevelopmentFiles) -> Iterator[Callable[[Library], ClientProcess]]:
    """One process for each library, started when it is first asked for."""
    started: dict[Library, ClientProcess] = {}

    def process_of(library: Library) -> ClientProcess:
        need_client(library.peer.name, library.peer.version())
        if library not in started:
            started[library] = library.open(certificate.ca)
        return started[library]

    yield process_of
    for process in started.values():
        process.close()


@pytest.fixture
def site(library: Library, request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(f"{library.scheme}_site")
    return found


@pytest.fixture
def client(library: Library, site: Site, process_of: Callable[[Library], ClientProcess]) -> Client:
    """The library with an account of its own."""
    process = process_of(library)
    return Client(library, process, site.add_account())
