CREATE TABLE account_points (
    account_id integer not null,
    minute_started integer not null,
    minute_used integer not null,
    day_started integer not null,
    day_used integer not null,
    constraint account_points_pkey primary key (account_id),
    constraint account_points_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE accounts (
    id integer not null,
    name text not null,
    time_zone text not null,
    disabled integer not null,
    employees integer not null, -- how many the account has
    last_event integer not null, -- number of the newest event
    created_at integer not null, disabled_components text not null default '', allow_ips text not null default '', partner_id integer constraint accounts_partner_fkey references accounts (id), points_per_minute integer not null default 0, points_per_day integer not null default 0, jid_host text,
    constraint accounts_pkey primary key (id)
) strict;
CREATE TABLE avatars (
    account_id integer not null,
    employee_id integer not null,
    id text not null, -- UUID
    media_type text not null,
    data blob not null,
    constraint avatars_pkey primary key (account_id, employee_id),
    constraint avatars_id_key unique (id),
    constraint avatars_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
) strict;
CREATE TABLE commits (
    session blob not null, -- a random UUID
    number integer not null, -- of the transaction, from 1; 0 if there was none
    at integer not null, -- by the database's clock
    constraint commits_pkey primary key (session)
) strict;
CREATE TABLE door_settings (
    account_id integer not null,
    door text not null,
    name text not null,
    value text not null, -- JSON
    constraint door_settings_pkey primary key (account_id, door, name),
    constraint door_settings_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE employee_activity (
    account_id integer not null,
    employee_id integer not null,
    connected integer not null,
    chats integer not null, -- running conversations, by channel
    calls integer not null,
    videos integer not null,
    third_party integer not null,
    conversations integer not null, -- in all
    satisfaction integer, -- hundredths of a percent
    experience integer, signed_in_at integer,
    constraint employee_activity_pkey primary key (account_id, employee_id),
    constraint employee_activity_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
) strict;
CREATE TABLE employee_counts (
    account_id integer not null,
    block integer not null, -- ids / 4096
    employees integer not null,
    constraint employee_counts_pkey primary key (account_id, block),
    constraint employee_counts_account_fkey foreign key (account_id) references accounts (id)
) strict, without rowid;
CREATE TABLE employee_groups (
    account_id integer not null,
    id integer not null,
    uuid text not null,
    rocket_id text not null,
    handle text not null,
    name text not null,
    queue_enabled integer not null,
    channels_count integer not null, name_folded text not null default '', extension text, description text, email text, enabled integer not null default true, show_on_registration integer not null default false, show_on_offline_form integer not null default false, transcripts integer not null default false, avatar text, parent_id integer, created_at integer not null default 0,
    constraint employee_groups_pkey primary key (account_id, id),
    constraint employee_groups_uuid_key unique (account_id, uuid),
    constraint employee_groups_rocket_id_key unique (account_id, rocket_id),
    constraint employee_groups_name_key unique (account_id, name),
    constraint employee_groups_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE employee_phone_numbers (
    account_id integer not null,
    employee_id integer not null,
    phone_number_id integer not null,
    position integer not null, -- priority: 0 first
    id integer not null, -- by which the number is known in the employee's groups
    constraint employee_phone_numbers_pkey primary key (account_id, employee_id, phone_number_id),
    constraint employee_phone_numbers_id_key unique (account_id, id),
    constraint employee_phone_numbers_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_phone_numbers_number_fkey foreign key (account_id, phone_number_id) references phone_numbers (account_id, id)
) strict, without rowid;
CREATE TABLE employee_positions (
    account_id integer not null,
    id integer not null,
    name text not null, name_folded text not null default '',
    constraint employee_positions_pkey primary key (account_id, id),
    constraint employee_positions_name_key unique (account_id, name),
    constraint employee_positions_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE employee_sites (
    account_id integer not null,
    employee_id integer not null,
    site_id integer not null,
    constraint employee_sites_pkey primary key (account_id, employee_id, site_id),
    constraint employee_sites_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_sites_site_fkey foreign key (account_id, site_id) references sites (account_id, id)
) strict, without rowid;
CREATE TABLE employee_skills (
    account_id integer not null,
    employee_id integer not null,
    skill_id integer not null,
    constraint employee_skills_pkey primary key (account_id, employee_id, skill_id),
    constraint employee_skills_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_skills_skill_fkey foreign key (account_id, skill_id) references skills (account_id, id)
) strict, without rowid;
CREATE TABLE employees (
    account_id integer not null,
    id integer not null,
    version integer not null,
    uuid text not null,
    rocket_id text not null,
    handle text not null,
    external_id text,
    external_id_folded text,
    login text,
    login_folded text,
    first_name text,
    first_name_folded text,
    last_name text not null,
    last_name_folded text not null,
    patronymic text,
    full_name text not null,
    full_name_folded text not null,
    email text,
    email_folded text,
    administrator integer not null, -- has the role and a login
    status_id integer not null,
    schedule_id integer,
    coach_id integer,
    position_id integer, -- of the operator's seat
    extension text,
    call_recording text not null,
    in_external integer not null, -- directions: 1 in, 2 out, 3 both
    in_internal integer not null,
    out_external integer not null,
    out_internal integer not null,
    document text not null,
    password_hash text, coach_always_enabled integer not null default false, extension_voice_mail integer not null default false, extension_queue integer not null default false, shown_name text not null default '', shown_name_folded text not null default '', agent integer not null default false, manager integer not null default false, chatting integer not null default false, chat_slots integer, finer_show text,
    constraint employees_pkey primary key (account_id, id),
    constraint employees_uuid_key unique (account_id, uuid),
    constraint employees_rocket_id_key unique (account_id, rocket_id),
    constraint employees_login_key unique (login_folded),
    constraint employees_account_fkey foreign key (account_id) references accounts (id),
    constraint employees_status_fkey foreign key (account_id, status_id) references statuses (account_id, id),
    constraint employees_schedule_fkey foreign key (account_id, schedule_id) references schedules (account_id, id),
    constraint employees_coach_fkey foreign key (account_id, coach_id) references employees (account_id, id),
    constraint employees_position_fkey foreign key (account_id, position_id) references employee_positions (account_id, id)
) strict;
CREATE TABLE events (
    account_id integer not null,
    number integer not null,
    kind text not null, -- "employee.created"
    subject_kind text not null,
    subject_id integer not null,
    actor_employee_id integer, -- null: the command line
    actor_token_id integer,
    at integer not null,
    before_state text, -- JSON without secrets
    after_state text,
    constraint events_pkey primary key (account_id, number),
    constraint events_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
CREATE TABLE group_phone_numbers (
    account_id integer not null,
    group_id integer not null,
    employee_phone_number_id integer not null, -- employee_phone_numbers.id
    employee_id integer not null, -- whose it is
    position integer not null, -- priority: 0 first
    available integer not null,
    constraint group_phone_numbers_pkey primary key (account_id, group_id, employee_phone_number_id),
    constraint group_phone_numbers_member_fkey foreign key (account_id, group_id, employee_id) references memberships (account_id, group_id, employee_id),
    constraint group_phone_numbers_number_fkey foreign key (account_id, employee_phone_number_id) references employee_phone_numbers (account_id, id)
) strict, without rowid;
CREATE TABLE id_blocks (
    name text not null,
    next_id integer not null,
    constraint id_blocks_pkey primary key (name)
) strict;
CREATE TABLE import_rows (
    account_id integer not null,
    import_id integer not null,
    key text not null,
    id integer not null,
    line integer not null, -- of the file, from 1
    outcome text not null, -- created, updated, unchanged
    employee_id integer not null,
    version integer not null, -- of the employee, once the row was in
    constraint import_rows_pkey primary key (account_id, import_id, key),
    constraint import_rows_import_fkey foreign key (account_id, import_id) references imports (account_id, id)
) strict;
CREATE TABLE imports (
    account_id integer not null,
    id integer not null,
    name text not null,
    name_folded text not null,
    digest text not null, -- of the file, in hexadecimal digits
    state text not null, -- open, done, undone
    rows_count integer not null,
    failed_count integer not null,
    created_at integer not null,
    constraint imports_pkey primary key (account_id, id),
    constraint imports_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE memberships (
    account_id integer not null,
    group_id integer not null,
    employee_id integer not null,
    status_id integer not null, -- the employee's, so that one index answers "who of the group has it"
    position integer not null default 0, -- among the group's members: when they joined, in microseconds
    enabled integer not null default true,
    chat_limit integer not null default 0, -- 0 is no limit of its own
    sort_order integer not null default 0,
    changed_at integer not null default 0,
    constraint memberships_pkey primary key (account_id, group_id, employee_id),
    constraint memberships_group_fkey foreign key (account_id, group_id) references employee_groups (account_id, id),
    constraint memberships_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
) strict, without rowid;
CREATE TABLE outcomes (
    account_id integer not null,
    token_id integer not null, -- 0 for the command line
    method text not null,
    key_digest blob not null, -- SHA-256 of the idempotency key
    params_digest blob not null, -- SHA-256 of the other parameters but secrets
    outcome text not null, -- JSON: the result, or what was wrong
    shown text, -- JSON: the values that were wrong; null once a person is deleted
    kept_at integer not null,
    constraint outcomes_pkey primary key (account_id, token_id, method, key_digest),
    constraint outcomes_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE phone_numbers (
    account_id integer not null,
    id integer not null,
    identity text not null,
    spelling text not null,
    e164 text,
    channels_count integer not null,
    dial_time integer not null, -- seconds
    status text not null,
    constraint phone_numbers_pkey primary key (account_id, id),
    constraint phone_numbers_identity_key unique (account_id, identity),
    constraint phone_numbers_account_fkey foreign key (account_id) references accounts (id)
) strict, without rowid;
CREATE TABLE schedules (
    account_id integer not null,
    id integer not null,
    name text not null,
    name_folded text not null,
    document text not null, -- JSON: the rules
    constraint schedules_pkey primary key (account_id, id),
    constraint schedules_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE search_index (
    name text not null, -- 'employees'
    state text not null, -- stale, building or ready
    account_id integer not null, -- while building: the last employee that is indexed, by account and id
    employee_id integer not null,
    constraint search_index_pkey primary key (name)
) strict;
CREATE TABLE sip_lines (
    account_id integer not null,
    id integer not null,
    employee_id integer not null,
    phone_number text not null,
    virtual_number_id integer, -- null: the line is for incoming calls only
    channels_count integer not null,
    dial_time integer not null, -- seconds
    billing_state text not null,
    registered integer not null,
    ip_addresses text not null, -- JSON: where it has registered from
    password blob not null, -- encrypted
    password_mac blob not null, -- by which the password can be looked for
    constraint sip_lines_pkey primary key (account_id, id),
    constraint sip_lines_phone_number_key unique (account_id, phone_number),
    constraint sip_lines_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint sip_lines_virtual_number_fkey foreign key (account_id, virtual_number_id) references virtual_numbers (account_id, id)
) strict;
CREATE TABLE sites (
    account_id integer not null,
    id integer not null,
    domain_name text not null, domain_name_folded text not null default '', name text, name_folded text, default_phone_number text, currency text, language text, time_zone text,
    constraint sites_pkey primary key (account_id, id),
    constraint sites_domain_name_key unique (account_id, domain_name),
    constraint sites_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE skills (
    account_id integer not null,
    id integer not null,
    name text not null, name_folded text not null default '', parent_id integer, sort_order integer not null default 0, is_location integer not null default false, created_at integer not null default 0,
    constraint skills_pkey primary key (account_id, id),
    constraint skills_name_key unique (account_id, name),
    constraint skills_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE status_periods (
    account_id integer not null,
    employee_id integer not null,
    started_at integer not null,
    ended_at integer,
    status_id integer not null,
    constraint status_periods_pkey primary key (account_id, employee_id, started_at),
    constraint status_periods_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint status_periods_status_fkey foreign key (account_id, status_id) references statuses (account_id, id)
) strict, without rowid;
CREATE TABLE statuses (
    account_id integer not null,
    id integer not null,
    mnemonic text, -- of the standard statuses
    name text not null,
    description text not null,
    color text,
    in_external integer not null, -- directions: 1 in, 2 out, 3 both
    in_internal integer not null,
    out_external integer not null,
    out_internal integer not null,
    phone_protocols text not null, -- separated by commas
    is_worktime integer not null,
    is_select_allowed integer not null,
    is_auto_out_calls_ready integer not null,
    is_deleted integer not null,
    priority integer not null, name_folded text not null default '',
    constraint statuses_pkey primary key (account_id, id),
    constraint statuses_mnemonic_key unique (account_id, mnemonic),
    constraint statuses_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE tokens (
    account_id integer not null,
    id integer not null,
    employee_id integer, -- null: the account's own
    digest blob not null, -- SHA-256 of the token, which is nowhere kept
    session integer not null, -- made by a sign-in
    label text not null,
    created_at integer not null,
    expires_at integer,
    blocked integer not null,
    rights text not null, -- separated by commas; empty leaves all that the holder has
    allow_ips text not null, door text not null default '', -- prefixes separated by commas; empty allows all
    constraint tokens_pkey primary key (account_id, id),
    constraint tokens_digest_key unique (digest),
    constraint tokens_account_fkey foreign key (account_id) references accounts (id),
    constraint tokens_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
) strict;
CREATE TABLE tombstones (
    account_id integer not null,
    id integer not null,
    created_at integer not null,
    deleted_at integer not null,
    constraint tombstones_pkey primary key (account_id, id),
    constraint tombstones_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE unique_values (
    account_id integer not null,
    kind text not null,
    value text not null,
    owner_id integer not null, -- an employee or a group
    constraint unique_values_pkey primary key (account_id, kind, value),
    constraint unique_values_account_fkey foreign key (account_id) references accounts (id)
) strict, without rowid;
CREATE TABLE virtual_numbers (
    account_id integer not null,
    id integer not null,
    phone_number text not null,
    constraint virtual_numbers_pkey primary key (account_id, id),
    constraint virtual_numbers_phone_number_key unique (account_id, phone_number),
    constraint virtual_numbers_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE UNIQUE INDEX accounts_jid_host_key on accounts (jid_host);
CREATE INDEX accounts_partner on accounts (partner_id, id);
CREATE INDEX employee_groups_extension on employee_groups (account_id, extension, id);
CREATE INDEX employee_groups_parent on employee_groups (account_id, parent_id, id);
CREATE INDEX employee_phone_numbers_number on employee_phone_numbers (account_id, phone_number_id, employee_id);
CREATE INDEX employee_sites_site on employee_sites (account_id, site_id);
CREATE INDEX employee_skills_skill on employee_skills (account_id, skill_id);
CREATE INDEX employees_administrators on employees (account_id, id) where administrator;
CREATE INDEX employees_agents on employees (account_id, shown_name, id) where agent;
CREATE INDEX employees_coach on employees (account_id, coach_id, id) where coach_id is not null;
CREATE INDEX employees_email on employees (account_id, email, id);
CREATE INDEX employees_extension on employees (account_id, extension, id);
CREATE INDEX employees_external_id on employees (account_id, external_id, id);
CREATE INDEX employees_first_name on employees (account_id, first_name, id);
CREATE INDEX employees_full_name on employees (account_id, full_name, id);
CREATE INDEX employees_handle on employees (account_id, handle, id);
CREATE INDEX employees_last_name on employees (account_id, last_name, id);
CREATE INDEX employees_login on employees (account_id, login, id);
CREATE INDEX employees_member_email on employees (email_folded) where login is not null;
CREATE INDEX employees_member_handle on employees (handle) where login is not null;
CREATE INDEX employees_position on employees (account_id, position_id, id) where position_id is not null;
CREATE INDEX employees_schedule on employees (account_id, schedule_id, id) where schedule_id is not null;
CREATE INDEX employees_status on employees (account_id, status_id, id);
CREATE INDEX events_subject on events (account_id, subject_kind, subject_id);
CREATE INDEX group_phone_numbers_member on group_phone_numbers (account_id, employee_id, group_id);
CREATE INDEX group_phone_numbers_number on group_phone_numbers (account_id, employee_phone_number_id);
CREATE INDEX import_rows_employee on import_rows (account_id, employee_id);
CREATE UNIQUE INDEX import_rows_id on import_rows (account_id, id);
CREATE INDEX memberships_employee on memberships (account_id, employee_id, group_id);
CREATE INDEX memberships_status on memberships (account_id, group_id, status_id, employee_id);
CREATE INDEX outcomes_kept_at on outcomes (account_id, kept_at);
CREATE INDEX outcomes_shown on outcomes (account_id) where shown is not null;
CREATE INDEX phone_numbers_spelling on phone_numbers (account_id, spelling, id);
CREATE INDEX schedules_name on schedules (account_id, name);
CREATE INDEX sip_lines_employee on sip_lines (account_id, employee_id, id);
CREATE INDEX sip_lines_password on sip_lines (account_id, password_mac);
CREATE INDEX sip_lines_virtual_number on sip_lines (account_id, virtual_number_id, id);
CREATE INDEX skills_parent on skills (account_id, parent_id, id);
CREATE INDEX tokens_employee on tokens (account_id, employee_id);
insert into accounts values (1, 'Account', 'UTC', 0, 3, 15, 1795379117603922, '', '', NULL, 0, 0, NULL);
insert into employee_counts values (1, 0, 3);
insert into employee_groups values (1, 13, '01a204ef-3e48-7f1c-bffb-179f27eb1255', '39a582c4566bca7a96087f4d', 'sales', 'Sales', 0, 1, 'sales', NULL, NULL, NULL, 1, 0, 0, 0, NULL, NULL, 1795379117640336);
insert into employee_groups values (1, 14, '01a204ef-3e48-747b-bbe2-49ebf12cb030', 'e32f28af52801f8c9c6227a9', 'support', 'Support', 0, 1, 'support', '901', NULL, NULL, 1, 0, 0, 0, NULL, NULL, 1795379117640424);
insert into employee_phone_numbers values (1, 18, 19, 0, 20);
insert into employee_phone_numbers values (1, 21, 19, 0, 23);
insert into employee_positions values (1, 11, 'Consultant', 'consultant');
insert into employee_positions values (1, 12, 'Team lead', 'team lead');
insert into employee_sites values (1, 18, 16);
insert into employee_skills values (1, 18, 17);
insert into employees values (1, 18, 1, '01a204ef-3e60-7bf4-aeb0-3a96d4c9345b', '3BsKuEupQ7FwoSKi6', 'ivan', NULL, NULL, NULL, NULL, NULL, NULL, 'Иванов', 'иванов', NULL, 'Иванов', 'иванов', 'ivanov@example.com', 'ivanov@example.com', 0, 3, 15, 2, 12, '101', 'all', 3, 3, 3, 3, '{"id":18,"account_id":1,"uuid":"01a204ef-3e60-7bf4-aeb0-3a96d4c9345b","rocket_id":"3BsKuEupQ7FwoSKi6","version":1,"created_at":"2026-11-22T20:25:17.66452Z","updated_at":"2026-11-22T20:25:17.66452Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"status_since":"2026-11-22T20:25:17.66452Z","schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"link_ids":[20],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true},"chat_and_call":false,"chat_to_video":false},"skills":[17]}', '$argon2id$v=19$m=19456,t=2,p=1$G5I6dTQaWJbjpu9qeJ2Vmg$psUCx3CqgD6d7f/1OxNk15vdFy5z8qz0Clf0NMQcpFw', 0, 0, 0, 'Ivan', 'ivan', 1, 0, 1, 1, NULL);
insert into employees values (1, 2, 1, '01a204ef-3e23-7b1e-ae2d-22055b9d75f5', '3BsKuEtiKXQH5SYez', 'admin', NULL, NULL, 'admin', 'admin', NULL, NULL, 'admin', 'admin', NULL, 'admin', 'admin', NULL, NULL, 1, 3, NULL, NULL, NULL, NULL, 'all', 3, 3, 3, 3, '{"id":2,"account_id":1,"uuid":"01a204ef-3e23-7b1e-ae2d-22055b9d75f5","rocket_id":"3BsKuEtiKXQH5SYez","version":1,"created_at":"2026-11-22T20:25:17.603927Z","updated_at":"2026-11-22T20:25:17.603927Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"status_since":"2026-11-22T20:25:17.603927Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{"chat_and_call":false,"chat_to_video":false}}', '$argon2id$v=19$m=19456,t=2,p=1$3xagh/whJgJ7JyiNiFtNrA$lcz43aPvjoDAs1vEEHo6HA4ZU8NF27tXTVudkq8C5v8', 0, 0, 0, 'admin', 'admin', 0, 0, 0, NULL, NULL);
insert into employees values (1, 21, 1, '01a204ef-3e60-74d9-9f37-c05c95835f70', '3BsKuEuptrud5MC4C', 'o-brien', NULL, NULL, NULL, NULL, NULL, NULL, 'O''Brien', 'o''brien', NULL, 'O''Brien', 'o''brien', NULL, NULL, 0, 3, NULL, NULL, NULL, '102', 'all', 3, 3, 3, 3, '{"id":21,"account_id":1,"uuid":"01a204ef-3e60-74d9-9f37-c05c95835f70","rocket_id":"3BsKuEuptrud5MC4C","version":1,"created_at":"2026-11-22T20:25:17.664696Z","updated_at":"2026-11-22T20:25:17.664696Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"status_since":"2026-11-22T20:25:17.664696Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"link_ids":[23],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{"chat_and_call":false,"chat_to_video":false}}', NULL, 0, 0, 0, 'O''Brien', 'o''brien', 0, 0, 0, NULL, NULL);
insert into events values (1, 1, 'account.created', 'account', 1, NULL, NULL, 1795379117603922, NULL, '{"id":1,"name":"Account","time_zone":"UTC","disabled":false,"created_at":"2026-11-22T20:25:17.603922Z"}');
insert into events values (1, 10, 'employee.created', 'employees', 18, NULL, NULL, 1795379117664520, NULL, '{"id":18,"account_id":1,"uuid":"01a204ef-3e60-7bf4-aeb0-3a96d4c9345b","rocket_id":"3BsKuEupQ7FwoSKi6","version":1,"created_at":"2026-11-22T20:25:17.66452Z","updated_at":"2026-11-22T20:25:17.66452Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"status_since":"2026-11-22T20:25:17.66452Z","schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"link_ids":[20],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true},"chat_and_call":false,"chat_to_video":false},"skills":[17],"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
insert into events values (1, 11, 'employee.created', 'employees', 21, NULL, NULL, 1795379117664696, NULL, '{"id":21,"account_id":1,"uuid":"01a204ef-3e60-74d9-9f37-c05c95835f70","rocket_id":"3BsKuEuptrud5MC4C","version":1,"created_at":"2026-11-22T20:25:17.664696Z","updated_at":"2026-11-22T20:25:17.664696Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"status_since":"2026-11-22T20:25:17.664696Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"link_ids":[23],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{"chat_and_call":false,"chat_to_video":false},"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
insert into events values (1, 12, 'employee.created', 'employees', 24, NULL, NULL, 1795379117664741, NULL, NULL);
insert into events values (1, 13, 'group.updated', 'group_employees', 14, NULL, NULL, 1795379117721005, '{"id":14,"uuid":"01a204ef-3e48-747b-bbe2-49ebf12cb030","rocket_id":"e32f28af52801f8c9c6227a9","handle":"support","name":"Support","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:17.640424Z"}', '{"id":14,"uuid":"01a204ef-3e48-747b-bbe2-49ebf12cb030","rocket_id":"e32f28af52801f8c9c6227a9","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:17.640424Z"}');
insert into events values (1, 14, 'group.updated', 'group_employees', 14, NULL, NULL, 1795379117722048, '{"id":14,"uuid":"01a204ef-3e48-747b-bbe2-49ebf12cb030","rocket_id":"e32f28af52801f8c9c6227a9","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:17.640424Z","phone_numbers":[{"employee_phone_number_id":20,"employee_id":18,"available":true}]}', '{"id":14,"uuid":"01a204ef-3e48-747b-bbe2-49ebf12cb030","rocket_id":"e32f28af52801f8c9c6227a9","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:17.640424Z","phone_numbers":[{"employee_phone_number_id":20,"employee_id":18,"available":false}]}');
insert into events values (1, 15, 'employee.deleted', 'employees', 24, NULL, NULL, 1795379117723033, NULL, NULL);
insert into events values (1, 2, 'employee.created', 'employees', 2, NULL, NULL, 1795379117603927, NULL, '{"id":2,"account_id":1,"uuid":"01a204ef-3e23-7b1e-ae2d-22055b9d75f5","rocket_id":"3BsKuEtiKXQH5SYez","version":1,"created_at":"2026-11-22T20:25:17.603927Z","updated_at":"2026-11-22T20:25:17.603927Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"status_since":"2026-11-22T20:25:17.603927Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{"chat_and_call":false,"chat_to_video":false},"phone_numbers":[]}');
insert into events values (1, 3, 'position.created', 'employee_positions', 11, NULL, NULL, 1795379117640269, NULL, '{"id":11,"name":"Consultant"}');
insert into events values (1, 4, 'position.created', 'employee_positions', 12, NULL, NULL, 1795379117640314, NULL, '{"id":12,"name":"Team lead"}');
insert into events values (1, 5, 'group.created', 'group_employees', 13, NULL, NULL, 1795379117640388, NULL, '{"id":13,"uuid":"01a204ef-3e48-7f1c-bffb-179f27eb1255","rocket_id":"39a582c4566bca7a96087f4d","handle":"sales","name":"Sales","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:17.640336Z"}');
insert into events values (1, 6, 'group.created', 'group_employees', 14, NULL, NULL, 1795379117640462, NULL, '{"id":14,"uuid":"01a204ef-3e48-747b-bbe2-49ebf12cb030","rocket_id":"e32f28af52801f8c9c6227a9","handle":"support","name":"Support","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:17.640424Z"}');
insert into events values (1, 7, 'schedule.created', 'schedules', 15, NULL, NULL, 1795379117640513, NULL, '{"id":15,"name":"Weekdays","document":[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]}');
insert into events values (1, 8, 'site.created', 'sites', 16, NULL, NULL, 1795379117640643, NULL, '{"id":16,"domain_name":"example.com"}');
insert into events values (1, 9, 'skill.created', 'skills', 17, NULL, NULL, 1795379117640700, NULL, '{"id":17,"name":"English","created_at":"2026-11-22T20:25:17.640671Z"}');
insert into goose_db_version values (1, 0, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (10, 9, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (11, 10, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (12, 11, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (13, 12, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (2, 1, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (3, 2, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (4, 3, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (5, 4, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (6, 5, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (7, 6, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (8, 7, 1, '2026-11-22 20:25:17');
insert into goose_db_version values (9, 8, 1, '2026-11-22 20:25:17');
insert into group_phone_numbers values (1, 14, 20, 18, 0, 0);
insert into id_blocks values ('all', 1001);
insert into memberships values (1, 14, 18, 3, 1795379117664520, 1, 0, 0, 1795379117664520);
insert into phone_numbers values (1, 19, '74950000001', '74950000001', '+74950000001', 1, 60, 'active');
insert into schedules values (1, 15, 'Weekdays', 'weekdays', '[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]');
insert into search_index values ('employees', 'stale', 0, 0);
insert into sites values (1, 16, 'example.com', 'example.com', NULL, NULL, NULL, NULL, NULL, NULL);
insert into skills values (1, 17, 'English', 'english', NULL, 0, 0, 1795379117640671);
insert into status_periods values (1, 18, 1795379117664520, NULL, 3);
insert into status_periods values (1, 2, 1795379117603927, NULL, 3);
insert into status_periods values (1, 21, 1795379117664696, NULL, 3);
insert into statuses values (1, 3, 'available', 'Available', 'all calls', '#48b882', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 1, 'available');
insert into statuses values (1, 4, 'break', 'On a break', 'temporarily off', '#1179ad', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 2, 'on a break');
insert into statuses values (1, 5, 'do_not_disturb', 'Do not disturb', 'outgoing calls only', '#cc5d35', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 3, 'do not disturb');
insert into statuses values (1, 6, 'not_at_workplace', 'Not at workplace', 'all calls on the mobile phone', '#ebb03b', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 4, 'not at workplace');
insert into statuses values (1, 7, 'not_at_work', 'Not at work', 'wholly off', '#99acb7', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', 0, 1, 0, 0, 5, 'not at work');
insert into statuses values (1, 8, 'auto_out_call', 'Automatic outgoing calls', 'calls of campaigns', '#7a5fb5', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 1, 0, 6, 'automatic outgoing calls');
insert into statuses values (1, 9, 'unknown', 'Unknown', '', NULL, 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 0, 0, 0, 0, 7, 'unknown');
insert into tokens values (1, 10, 2, X'5B15B333E580801A59ADF84A5A32ECF83C3A6E881FAE75FF1CFA1C9E421A0D81', 0, 'first administrator', 1795379117637710, NULL, 0, '', '', '');
insert into tombstones values (1, 24, 1795379117664741, 1795379117723033);
insert into unique_values values (1, 'extension', '101', 18);
insert into unique_values values (1, 'extension', '102', 21);
insert into unique_values values (1, 'extension', '901', 14);
insert into unique_values values (1, 'handle', 'admin', 2);
insert into unique_values values (1, 'handle', 'ivan', 18);
insert into unique_values values (1, 'handle', 'o-brien', 21);
insert into unique_values values (1, 'handle', 'sales', 13);
insert into unique_values values (1, 'handle', 'support', 14);
insert into unique_values values (1, 'operator_login', 'ivan', 18);
