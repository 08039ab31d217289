-- Daemons that share a database, and what is done at certain times.
create table daemon (
    instance text not null,
    host text not null,
    state_folder text not null,
    pid int not null,
    started_at timestamptz not null,
    seen_at timestamptz not null,
    state jsonb not null,
    constraint daemon_once primary key (instance, host, state_folder)
);
comment on table daemon is 'Every scannerd that works on this database, and what it was at when it last changed';
comment on column daemon.seen_at is 'When it last said so; an idle daemon says nothing, for disks want to sleep';

create table job_run (
    instance text not null,
    job text not null,
    began_at timestamptz not null,
    ended_at timestamptz,
    outcome text,
    constraint job_run_once primary key (instance, job)
);
comment on table job_run is 'When the timed work of an installation was last done';
comment on column job_run.outcome is 'In words; null while it is under way, or was broken off';
