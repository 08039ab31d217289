"""What is known is not written again: counted by PostgreSQL itself."""

from collections.abc import Callable

from home import Home
from made_exports import Play, write_maloja
from running import wait_until

CHANGES = """
    select relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_user_tables
    where schemaname = 'scannerd' and n_tup_ins + n_tup_upd + n_tup_del > 0"""
SESSIONS = """
    select count(*) from pg_stat_activity
    where application_name = 'scannerd' and datname = current_database()"""
# A transaction has a number if it writes; so have savepoints that do, and nobody has one who only looks.
WRITERS = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
UNTOUCHED = [
    *("listen", "track_lookup", "person", "person_alias", "release", "release_contribution", "release_alias"),
    *("track", "track_contribution", "track_alias", "listener", "rule"),
]


def test_an_import_of_known_listens_writes_neither_listens_nor_names(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home, plays = new_home(url=database), told[:3000]

    def changes() -> dict[str, tuple[int, ...]]:
        return {name: tuple(counts) for name, *counts in home.look.rows(CHANGES) or []}

    def take_in(name: str, exported_at: int) -> dict[str, tuple[int, ...]]:
        write_maloja(home.folder / name, plays, exported_at=exported_at).rename(home.drop / name)
        home.daemon.start()
        home.wait_until_idle()
        assert home.daemon.stop() == 0
        wait_until(lambda: home.look.value(SESSIONS) == 0, "its sessions are over: in its end each reports what it did")
        return changes()

    first = take_in("first.json", 1)
    assert first["listen"][0] == len(plays)
    writers = home.look.value(WRITERS)
    second = take_in("second.json", 2)
    wait_until(lambda: home.look.value("select count(*) from export where state = 'shelved'") == 2, "both are shelved")

    assert {name: second.get(name) for name in UNTOUCHED} == {name: first.get(name) for name in UNTOUCHED}
    assert second["export_row"][0] - first.get("export_row", (0,))[0] == len(plays)
    assert second["export"][0] - first["export"][0] == 1
    # A commit per row would be thousands.
    assert home.look.value(WRITERS) - writers < len(plays) / 3
