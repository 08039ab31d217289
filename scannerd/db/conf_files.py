"""The server's configuration, written out whole at every start. Pure: text in, text out.

What a user wants otherwise goes into `conf/local.conf`, which is read last and never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

ADMIN = "postgres"
"""The superuser, for what the owner of a database may not do; scannerd itself works as ROLE."""
ROLE = "scannerd"
READ_ROLE = "scannerd_read"
DATABASE = "scannerd"

_MB = 1024 * 1024


def server_settings(
    *, conf: Path, log: Path, sockets: Sequence[Path], port: int, loopback: bool, group: bool, memory: int
) -> dict[str, str]:
    """Every setting that differs from PostgreSQL's own default, with the reason where it is not plain."""
    return {
        "listen_addresses": "127.0.0.1" if loopback else "",
        "port": str(port),
        "unix_socket_directories": ", ".join(_in_list(folder) for folder in sockets),
        "unix_socket_permissions": "0777" if group else "0700",  # each folder's own mode decides who gets that far
        "hba_file": str(conf / "pg_hba.conf"),
        "ident_file": str(conf / "pg_ident.conf"),
        "max_connections": "40",
        "jit": "off",  # compiling costs more than our queries take
        "timezone": "UTC",
        "log_timezone": "UTC",
        **memory_settings(memory),
        # Not in /dev/shm: containers give it 64 MB, and systemd-logind (RemoveIPC) empties it when a user logs out.
        "dynamic_shared_memory_type": "mmap",
        "min_dynamic_shared_memory": "16MB",
        "max_worker_processes": "4",
        "wal_level": "minimal",  # no replicas: new tables are filled without writing everything twice
        "max_wal_senders": "0",
        "wal_compression": "on",
        "random_page_cost": "1.1",  # what is read is nearly always in memory: a month of listens by index, not by scan
        "max_wal_size": "2GB",  # a checkpoint in the middle of a large import writes much of it twice
        "checkpoint_timeout": "15min",  # lets disks sleep
        "logging_collector": "on",
        "log_directory": str(log),
        "log_filename": "postgres-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",  # so a week is the most there ever is
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
        "log_error_verbosity": "terse",  # no listens in the log, neither as DETAIL nor as STATEMENT
        "log_min_error_statement": "panic",
    }


def memory_settings(memory: int) -> dict[str, str]:
    """Shares of the machine's memory, between a NAS of 512 MB and one that has other things to do with its 64 GB."""
    share = memory // 16 // _MB
    return {
        "shared_buffers": f"{min(max(share, 16), 256)}MB",
        "effective_cache_size": f"{min(max(share * 8, 128), 8192)}MB",
        "work_mem": f"{min(max(share // 8, 4), 32)}MB",
        "maintenance_work_mem": f"{min(max(share // 4, 16), 128)}MB",
        "autovacuum_work_mem": f"{min(max(share // 4, 16), 64)}MB",
    }


def postgresql_conf(settings: Mapping[str, str]) -> str:
    """The text of `postgresql.conf`."""
    lines = [f"{name} = '{_quoted(value)}'" for name, value in settings.items()]
    head = "# Written by scannerd at every start. Your own settings go into local.conf beside this file."
    return "\n".join([head, *lines, "include_if_exists = 'local.conf'", ""])


def hba_conf(*, shared: bool) -> str:
    """Who may come in: the owner and root by who they are; the read-only role with its password, when shared."""
    lines = ["# Written by scannerd at every start."]
    if shared:
        lines += [
            f"local {DATABASE} {READ_ROLE} scram-sha-256",
            f"host {DATABASE} {READ_ROLE} 127.0.0.1/32 scram-sha-256",
        ]
    lines += [f"local all {role} peer map=scannerd" for role in (ROLE, ADMIN)]
    return "\n".join([*lines, ""])


def ident_conf(users: Sequence[str]) -> str:
    """Which OS users are let in as our two roles."""
    pairs = [f'scannerd "{user}" {role}' for user in dict.fromkeys(users) for role in (ROLE, ADMIN)]
    return "\n".join(["# Written by scannerd at every start.", *pairs, ""])


def _in_list(folder: Path) -> str:
    return '"' + str(folder).replace('"', '""') + '"'


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
