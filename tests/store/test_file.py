"""The file: its lock, its rights, its version, its backup, its WAL."""

import asyncio
import os
import sqlite3
import stat

import pytest

from homing.store.contract import StoreError, Unusable
from homing.store.sqlite import SqliteStore
from homing.store.sqlite.checkpoints import BOUND_FRAMES
from homing.store.sqlite.opening import Schema, add_functions, open_store, our_schema
from homing.store.sqlite.statements import read_sql
from store.making import NOW_MS

OURS = our_schema().version


async def nothing(world):
    """Opened and closed."""


def test_a_second_opening_ends_with_a_sentence_naming_file_and_holder(lasting):
    async def body(world):
        with pytest.raises(Unusable) as refused:
            await lasting.new().start()
        assert str(lasting.path) in str(refused.value)
        assert f"process {os.getpid()}" in str(refused.value)

    lasting.run(body)
    lasting.run(nothing)


def test_only_the_owner_may_read_what_is_written(lasting):
    os.close(os.open(lasting.path, os.O_CREAT | os.O_RDWR, 0o644))

    async def body(world):
        await world.do(world.make.accept())
        await world.store.backup(lasting.path.with_name("copy.db"))
        for file in lasting.path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name

    lasting.run(body)


def test_settings_that_durability_and_size_rest_on(lasting):
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "auto_vacuum": 2,
        "secure_delete": 1,
        "wal_autocheckpoint": 0,
        "foreign_keys": 0,
        "mmap_size": 0,
    }

    async def body(world):
        def read(connection):
            found = {}
            for name in wanted:
                found[name] = connection.execute(f"pragma {name}").fetchone()[0]
            return found

        assert await world.store._ask(read) == wanted

    lasting.run(body)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Unusable, match="missing"):
        asyncio.run(SqliteStore(tmp_path / "missing" / "homing.db").start())


@pytest.mark.parametrize("content", [b"no database at all, but long enough" * 100, None])
def test_a_file_that_is_not_ours_is_left_alone(tmp_path, content):
    path = tmp_path / "homing.db"
    if content is None:
        other = sqlite3.connect(path)
        other.execute("create table theirs (x)")
        other.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(Unusable, match=r"homing\.db"):
        asyncio.run(SqliteStore(path).start())
    if content is not None:
        assert path.read_bytes() == before


def test_a_newer_schema_is_refused_with_a_sentence(lasting):
    lasting.run(nothing, schema=Schema(99, our_schema().create, {}))
    with pytest.raises(Unusable, match=rf"newer Homing \(schema 99; this one knows up to {OURS}\)"):
        lasting.run(nothing)
    lasting.run(nothing, schema=Schema(99, "", {}))  # the lock was given back


NEWER = Schema(
    OURS + 1,
    our_schema().create,
    {
        OURS + 1: "alter table message add column tag text;"
        "create index message_tag on message (tag);"
    },
)


def test_an_older_store_is_backed_up_then_migrated_and_keeps_its_rows(lasting):
    async def fill(world):
        await world.do(world.make.accept())

    lasting.run(fill)

    async def check(world):
        assert len(world.started.unanswered) == 1
        assert (await world.store.info()).schema_version == OURS + 1

    lasting.run(check, schema=NEWER)
    backup = lasting.path.with_name(f"homing.db.schema-{OURS}.backup")
    copy = sqlite3.connect(backup)
    assert copy.execute("pragma user_version").fetchone() == (OURS,)
    assert copy.execute("select count(*) from part").fetchone() == (1,)
    copy.close()
    with pytest.raises(Unusable, match="newer"):
        lasting.run(nothing)


VERSION_1 = Schema(1, read_sql("schema_1.sql"), {})
# One part of `south` with the id 00ABC, as version 1 wrote it; receipts that found nothing.
ROWS_1 = f"""
insert into message (id, uuid, account_id, sender, recipient, client_ref, callback, part_count,
    price_units, network, accepted_at_ms, expires_at_ms, report)
values (4096, 'u', 1, 'Homing', '447700900123', null, null, 1, 0, '23410',
    {NOW_MS}, {NOW_MS + 3_600_000}, 1);
insert into part values (4097, 4096, 'south', x'00');
insert into answer (part_id, bind, sequence_number, submitted_at_ms, answered_at_ms,
    command_status, carrier_message_id, match_key)
values (4097, 0, 7, {NOW_MS}, {NOW_MS + 9}, 0, '00ABC', 12345);
"""
RECEIPT_1 = """
insert into receipt (id, part_id, source, carrier, bind, command_id, sequence_number, body,
    received_at_ms, digest, level, rung, reason, receipted_id, state, recipient, sender, err, stat,
    done_at_ms, network, problems)
values (?, null, 0, 'south', 0, 5, 9, x'01', ?, x'0102030405060708', 'carrier', '', 'unknown id',
    ?, 20, '447700900123', 'Homing', '000', 'DELIVRD', 0, '', '')
"""


def test_a_store_of_version_1_finds_its_parts_and_waiting_receipts_by_the_new_keys(lasting):
    old = open_store(lasting.path, VERSION_1)
    old.executescript(ROWS_1)
    for receipt_id, spelled in ((5000, "abc"), (5001, "D")):
        old.execute(RECEIPT_1, (receipt_id, NOW_MS + 5, spelled))
        old.execute("insert into waiting values (?, ?)", (receipt_id, receipt_id * 7))
    old.close()

    async def check(world):
        for spelled in ("abc", "00ABC", "2748"):
            (found,) = await world.find(spelled, "south")
            assert (found.id, found.carrier_message_id) == (4097, "00ABC")
        one, other = await world.ask("waiting_receipts", 0, 10)
        assert (one.receipt.id, other.receipt.id) == ("abc", "D")
        # Another part gets the id for which the other receipt waits, in another spelling.
        accept = world.make.accept(carrier="south")
        answer = world.make.answer(accept.parts[0], "00d")
        await world.do(accept, answer)
        assert [one.receipt_id for one in answer.waiting] == [5001]

    lasting.run(check)
    assert lasting.path.with_name("homing.db.schema-1.backup").exists()


def test_a_migration_that_fails_leaves_the_store_as_it_was(lasting):
    lasting.run(nothing)
    bad = Schema(
        OURS + 1, "", {OURS + 1: "create table half (x) strict; select no_such_function();"}
    )
    with pytest.raises(Unusable):
        lasting.run(nothing, schema=bad)
    lasting.run(nothing)


def columns_and_indexes(connection):
    """Not the text: a table that was altered is written otherwise than one that was made."""
    tables = [
        row[0]
        for row in connection.execute(
            "select name from sqlite_schema where type = 'table' order by 1"
        )
    ]
    return {
        table: (
            connection.execute(f"pragma table_xinfo({table})").fetchall(),
            sorted(
                (name, connection.execute(f"pragma index_xinfo({name})").fetchall())
                for _, name, *_ in connection.execute(f"pragma index_list({table})")
            ),
        )
        for table in tables
    }


def test_migrations_and_schema_give_the_same_tables():
    ours = our_schema()
    made, migrated = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    made.executescript(ours.create)
    if ours.migrations:
        migrated.executescript(read_sql("schema_1.sql"))
        add_functions(migrated)
        for number in range(2, ours.version + 1):
            migrated.executescript(ours.migrations[number])
    else:
        migrated.executescript(ours.create)
    assert columns_and_indexes(made) == columns_and_indexes(migrated)
    made.close()
    migrated.close()


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it_began(lasting):
    target = lasting.path.with_name("copy.db")

    async def body(world):
        stopped, enough, acknowledged = asyncio.Event(), asyncio.Event(), []

        async def load():
            while not stopped.is_set():
                accepts = [world.make.accept() for _ in range(20)]
                await world.do(*accepts)
                acknowledged.extend(accept.message.id for accept in accepts)
                if len(acknowledged) >= 200:
                    enough.set()

        loading = asyncio.create_task(load())
        await enough.wait()
        before = list(acknowledged)
        await world.store.backup(target)
        stopped.set()
        await loading
        return before

    before = lasting.run(body)
    copy = sqlite3.connect(target)
    assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
    stored = {row[0] for row in copy.execute("select id from message")}
    copy.close()
    assert stored.issuperset(before)

    async def opened():
        store = SqliteStore(target)
        start = await store.start()
        await store.stop()
        return start

    assert len(asyncio.run(opened()).unanswered) == len(stored)


def test_a_backup_never_writes_over_a_file(lasting):
    target = lasting.path.with_name("copy.db")
    target.write_bytes(b"precious")

    async def body(world):
        with pytest.raises(StoreError, match="exists already"):
            await world.store.backup(target)
        with pytest.raises(StoreError, match="cannot be written"):
            await world.store.backup(target.parent / "missing" / "copy.db")

    lasting.run(body)
    assert target.read_bytes() == b"precious"


def test_the_wal_is_bounded_under_load_and_gone_after_a_stop(lasting):
    wal = lasting.path.with_name("homing.db-wal")

    async def body(world):
        most = 0
        for _ in range(60):
            await world.do(*(world.make.accept(body=os.urandom(3_000)) for _ in range(400)))
            most = max(most, wal.stat().st_size)
        assert most < 1.5 * BOUND_FRAMES * 4_120
        assert os.stat(lasting.path).st_size > 60 * 400 * 3_000 / 2

    lasting.run(body)
    assert not wal.exists()


def test_info_counts_what_is_stored(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        settle = world.make.settle(accept.parts[0], parked=True)
        await world.do(accept, settle, world.make.settle(None))
        info = await world.store.info()
        assert (info.messages, info.parts, info.receipts, info.receipts_unmatched) == (1, 2, 2, 1)
        assert (info.notifications, info.notifications_waiting) == (1, 1)
        assert info.oldest_message_at_ms == accept.message.accepted_at_ms
        assert info.octets > 0
        assert info.path == str(engine.path)

    engine.run(body)


def test_ids_that_a_stored_row_has_are_below_the_highest(lasting):
    async def fill(world):
        await world.do(world.make.accept(), world.make.settle(None))
        return world.make.id()

    above = lasting.run(fill)

    async def check(world):
        assert above - (1 << 23) < world.started.highest_id < above

    lasting.run(check)
