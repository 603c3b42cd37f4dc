-- The first schema. Written in PostgreSQL's words; migrate.go tells what SQLite
-- reads instead. Every table carries account_id and every key begins with it, so
-- that a tenant is a shard; the exceptions, accounts, id_blocks and what is found or
-- unique in the whole server, TestSchema knows. Times are microseconds UTC.

-- +goose Up
create table id_blocks (
    name text collate "C" not null,
    next_id bigint not null,
    constraint id_blocks_pkey primary key (name)
);
insert into id_blocks (name, next_id) values ('all', 1);

create table accounts (
    id bigint not null,
    name text collate "C" not null,
    time_zone text collate "C" not null,
    disabled boolean not null,
    employees bigint not null, -- how many the account has
    last_event bigint not null, -- number of the newest event
    created_at bigint not null,
    constraint accounts_pkey primary key (id)
);

create table statuses (
    account_id bigint not null,
    id bigint not null,
    mnemonic text collate "C", -- of the standard statuses
    name text collate "C" not null,
    description text collate "C" not null,
    color text collate "C",
    in_external bigint not null, -- directions: 1 in, 2 out, 3 both
    in_internal bigint not null,
    out_external bigint not null,
    out_internal bigint not null,
    phone_protocols text collate "C" not null, -- separated by commas
    is_worktime boolean not null,
    is_select_allowed boolean not null,
    is_auto_out_calls_ready boolean not null,
    is_deleted boolean not null,
    priority bigint not null,
    constraint statuses_pkey primary key (account_id, id),
    constraint statuses_mnemonic_key unique (account_id, mnemonic),
    constraint statuses_account_fkey foreign key (account_id) references accounts (id)
);

create table employee_positions (
    account_id bigint not null,
    id bigint not null,
    name text collate "C" not null,
    constraint employee_positions_pkey primary key (account_id, id),
    constraint employee_positions_name_key unique (account_id, name),
    constraint employee_positions_account_fkey foreign key (account_id) references accounts (id)
);

create table schedules (
    account_id bigint not null,
    id bigint not null,
    name text collate "C" not null,
    name_folded text collate "C" not null,
    document text collate "C" not null, -- JSON: the rules
    constraint schedules_pkey primary key (account_id, id),
    constraint schedules_account_fkey foreign key (account_id) references accounts (id)
);
create index schedules_name on schedules (account_id, name);

create table sites (
    account_id bigint not null,
    id bigint not null,
    domain_name text collate "C" not null,
    constraint sites_pkey primary key (account_id, id),
    constraint sites_domain_name_key unique (account_id, domain_name),
    constraint sites_account_fkey foreign key (account_id) references accounts (id)
);

create table skills (
    account_id bigint not null,
    id bigint not null,
    name text collate "C" not null,
    constraint skills_pkey primary key (account_id, id),
    constraint skills_name_key unique (account_id, name),
    constraint skills_account_fkey foreign key (account_id) references accounts (id)
);

create table employee_groups (
    account_id bigint not null,
    id bigint not null,
    uuid text collate "C" not null,
    rocket_id text collate "C" not null,
    handle text collate "C" not null,
    name text collate "C" not null,
    queue_enabled boolean not null,
    channels_count bigint not null,
    constraint employee_groups_pkey primary key (account_id, id),
    constraint employee_groups_uuid_key unique (account_id, uuid),
    constraint employee_groups_rocket_id_key unique (account_id, rocket_id),
    constraint employee_groups_name_key unique (account_id, name),
    constraint employee_groups_account_fkey foreign key (account_id) references accounts (id)
);

-- An employee is one JSON document. Beside it stands what is filtered, sorted or
-- referred to; both change together. A folded column is NFC in lower case.
create table employees (
    account_id bigint not null,
    id bigint not null,
    version bigint not null,
    uuid text collate "C" not null,
    rocket_id text collate "C" not null,
    handle text collate "C" not null,
    external_id text collate "C",
    external_id_folded text collate "C",
    login text collate "C",
    login_folded text collate "C",
    first_name text collate "C",
    first_name_folded text collate "C",
    last_name text collate "C" not null,
    last_name_folded text collate "C" not null,
    patronymic text collate "C",
    full_name text collate "C" not null,
    full_name_folded text collate "C" not null,
    email text collate "C",
    email_folded text collate "C",
    administrator boolean not null, -- has the role and a login
    status_id bigint not null,
    schedule_id bigint,
    coach_id bigint,
    position_id bigint, -- of the operator's seat
    extension text collate "C",
    call_recording text collate "C" not null,
    in_external bigint not null, -- directions: 1 in, 2 out, 3 both
    in_internal bigint not null,
    out_external bigint not null,
    out_internal bigint not null,
    document text collate "C" not null,
    password_hash text collate "C",
    constraint employees_pkey primary key (account_id, id),
    constraint employees_uuid_key unique (account_id, uuid),
    constraint employees_rocket_id_key unique (account_id, rocket_id),
    constraint employees_login_key unique (login_folded),
    constraint employees_account_fkey foreign key (account_id) references accounts (id),
    constraint employees_status_fkey foreign key (account_id, status_id) references statuses (account_id, id),
    constraint employees_schedule_fkey foreign key (account_id, schedule_id) references schedules (account_id, id),
    constraint employees_coach_fkey foreign key (account_id, coach_id) references employees (account_id, id),
    constraint employees_position_fkey foreign key (account_id, position_id) references employee_positions (account_id, id)
);
create index employees_status on employees (account_id, status_id, id);
create index employees_schedule on employees (account_id, schedule_id, id);
create index employees_coach on employees (account_id, coach_id, id);
create index employees_position on employees (account_id, position_id, id);
create index employees_login on employees (account_id, login, id);
create index employees_first_name on employees (account_id, first_name, id);
create index employees_last_name on employees (account_id, last_name, id);
create index employees_full_name on employees (account_id, full_name, id);
create index employees_email on employees (account_id, email, id);
create index employees_extension on employees (account_id, extension, id);
create index employees_external_id on employees (account_id, external_id, id);
create index employees_handle on employees (account_id, handle, id);
create index employees_administrators on employees (account_id, id) where administrator;

-- What only one may have in an account, employees and groups together: handle,
-- extension, operator_login, external_id, email (of members).
create table unique_values (
    account_id bigint not null,
    kind text collate "C" not null,
    value text collate "C" not null,
    owner_id bigint not null, -- an employee or a group
    constraint unique_values_pkey primary key (account_id, kind, value),
    constraint unique_values_account_fkey foreign key (account_id) references accounts (id)
);
create index unique_values_owner on unique_values (account_id, owner_id);

-- Phone numbers belong to the account; employees share them.
create table phone_numbers (
    account_id bigint not null,
    id bigint not null,
    identity text collate "C" not null,
    spelling text collate "C" not null,
    e164 text collate "C",
    channels_count bigint not null,
    dial_time bigint not null, -- seconds
    status text collate "C" not null,
    constraint phone_numbers_pkey primary key (account_id, id),
    constraint phone_numbers_identity_key unique (account_id, identity),
    constraint phone_numbers_account_fkey foreign key (account_id) references accounts (id)
);
create index phone_numbers_e164 on phone_numbers (account_id, e164);

create table employee_phone_numbers (
    account_id bigint not null,
    employee_id bigint not null,
    phone_number_id bigint not null,
    position bigint not null, -- priority: 0 first
    constraint employee_phone_numbers_pkey primary key (account_id, employee_id, phone_number_id),
    constraint employee_phone_numbers_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_phone_numbers_number_fkey foreign key (account_id, phone_number_id) references phone_numbers (account_id, id)
);
create index employee_phone_numbers_number on employee_phone_numbers (account_id, phone_number_id);

create table memberships (
    account_id bigint not null,
    group_id bigint not null,
    employee_id bigint not null,
    status_id bigint not null, -- the employee's, so that one index answers "who of the group has it"
    constraint memberships_pkey primary key (account_id, group_id, employee_id),
    constraint memberships_group_fkey foreign key (account_id, group_id) references employee_groups (account_id, id),
    constraint memberships_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
);
create index memberships_employee on memberships (account_id, employee_id);
create index memberships_status on memberships (account_id, group_id, status_id, employee_id);

create table employee_sites (
    account_id bigint not null,
    employee_id bigint not null,
    site_id bigint not null,
    constraint employee_sites_pkey primary key (account_id, employee_id, site_id),
    constraint employee_sites_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_sites_site_fkey foreign key (account_id, site_id) references sites (account_id, id)
);
create index employee_sites_site on employee_sites (account_id, site_id);

create table employee_skills (
    account_id bigint not null,
    employee_id bigint not null,
    skill_id bigint not null,
    constraint employee_skills_pkey primary key (account_id, employee_id, skill_id),
    constraint employee_skills_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_skills_skill_fkey foreign key (account_id, skill_id) references skills (account_id, id)
);
create index employee_skills_skill on employee_skills (account_id, skill_id);

-- What is left of deleted employees.
create table tombstones (
    account_id bigint not null,
    id bigint not null,
    created_at bigint not null,
    deleted_at bigint not null,
    constraint tombstones_pkey primary key (account_id, id),
    constraint tombstones_account_fkey foreign key (account_id) references accounts (id)
);

create table tokens (
    account_id bigint not null,
    id bigint not null,
    employee_id bigint not null,
    digest bytea not null, -- SHA-256 of the token, which is nowhere kept
    session boolean not null, -- made by a sign-in
    label text collate "C" not null,
    created_at bigint not null,
    expires_at bigint,
    blocked boolean not null,
    constraint tokens_pkey primary key (account_id, id),
    constraint tokens_digest_key unique (digest),
    constraint tokens_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
);
create index tokens_employee on tokens (account_id, employee_id);

-- Every change, numbered per account without gaps in the order of commits.
create table events (
    account_id bigint not null,
    number bigint not null,
    kind text collate "C" not null, -- "employee.created"
    subject_kind text collate "C" not null,
    subject_id bigint not null,
    actor_employee_id bigint, -- null: the command line
    actor_token_id bigint,
    at bigint not null,
    before_state text collate "C", -- JSON without secrets
    after_state text collate "C",
    constraint events_pkey primary key (account_id, number),
    constraint events_account_fkey foreign key (account_id) references accounts (id)
);
create index events_subject on events (account_id, subject_kind, subject_id);
