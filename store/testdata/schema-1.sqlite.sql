CREATE TABLE accounts (
    id integer not null,
    name text not null,
    time_zone text not null,
    disabled integer not null,
    employees integer not null, -- how many the account has
    last_event integer not null, -- number of the newest event
    created_at integer not null,
    constraint accounts_pkey primary key (id)
) strict;
CREATE TABLE employee_groups (
    account_id integer not null,
    id integer not null,
    uuid text not null,
    rocket_id text not null,
    handle text not null,
    name text not null,
    queue_enabled integer not null,
    channels_count integer not null,
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
    constraint employee_phone_numbers_pkey primary key (account_id, employee_id, phone_number_id),
    constraint employee_phone_numbers_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_phone_numbers_number_fkey foreign key (account_id, phone_number_id) references phone_numbers (account_id, id)
) strict;
CREATE TABLE employee_positions (
    account_id integer not null,
    id integer not null,
    name text not null,
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
) strict;
CREATE TABLE employee_skills (
    account_id integer not null,
    employee_id integer not null,
    skill_id integer not null,
    constraint employee_skills_pkey primary key (account_id, employee_id, skill_id),
    constraint employee_skills_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_skills_skill_fkey foreign key (account_id, skill_id) references skills (account_id, id)
) strict;
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
    password_hash text,
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
CREATE TABLE id_blocks (
    name text not null,
    next_id integer not null,
    constraint id_blocks_pkey primary key (name)
) strict;
CREATE TABLE memberships (
    account_id integer not null,
    group_id integer not null,
    employee_id integer not null,
    status_id integer not null, -- the employee's, so that one index answers "who of the group has it"
    constraint memberships_pkey primary key (account_id, group_id, employee_id),
    constraint memberships_group_fkey foreign key (account_id, group_id) references employee_groups (account_id, id),
    constraint memberships_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
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
) strict;
CREATE TABLE schedules (
    account_id integer not null,
    id integer not null,
    name text not null,
    name_folded text not null,
    document text not null, -- JSON: the rules
    constraint schedules_pkey primary key (account_id, id),
    constraint schedules_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE sites (
    account_id integer not null,
    id integer not null,
    domain_name text not null,
    constraint sites_pkey primary key (account_id, id),
    constraint sites_domain_name_key unique (account_id, domain_name),
    constraint sites_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE skills (
    account_id integer not null,
    id integer not null,
    name text not null,
    constraint skills_pkey primary key (account_id, id),
    constraint skills_name_key unique (account_id, name),
    constraint skills_account_fkey foreign key (account_id) references accounts (id)
) strict;
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
    priority integer not null,
    constraint statuses_pkey primary key (account_id, id),
    constraint statuses_mnemonic_key unique (account_id, mnemonic),
    constraint statuses_account_fkey foreign key (account_id) references accounts (id)
) strict;
CREATE TABLE tokens (
    account_id integer not null,
    id integer not null,
    employee_id integer not null,
    digest blob not null, -- SHA-256 of the token, which is nowhere kept
    session integer not null, -- made by a sign-in
    label text not null,
    created_at integer not null,
    expires_at integer,
    blocked integer not null,
    constraint tokens_pkey primary key (account_id, id),
    constraint tokens_digest_key unique (digest),
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
) strict;
CREATE INDEX employee_phone_numbers_number on employee_phone_numbers (account_id, phone_number_id);
CREATE INDEX employee_sites_site on employee_sites (account_id, site_id);
CREATE INDEX employee_skills_skill on employee_skills (account_id, skill_id);
CREATE INDEX employees_administrators on employees (account_id, id) where administrator;
CREATE INDEX employees_coach on employees (account_id, coach_id, id);
CREATE INDEX employees_email on employees (account_id, email, id);
CREATE INDEX employees_external_id on employees (account_id, external_id, id);
CREATE INDEX employees_first_name on employees (account_id, first_name, id);
CREATE INDEX employees_full_name on employees (account_id, full_name, id);
CREATE INDEX employees_handle on employees (account_id, handle, id);
CREATE INDEX employees_last_name on employees (account_id, last_name, id);
CREATE INDEX employees_login on employees (account_id, login, id);
CREATE INDEX employees_position on employees (account_id, position_id, id);
CREATE INDEX employees_schedule on employees (account_id, schedule_id, id);
CREATE INDEX employees_status on employees (account_id, status_id, id);
CREATE INDEX events_subject on events (account_id, subject_kind, subject_id);
CREATE INDEX memberships_employee on memberships (account_id, employee_id);
CREATE INDEX memberships_status on memberships (account_id, group_id, status_id, employee_id);
CREATE INDEX phone_numbers_e164 on phone_numbers (account_id, e164);
CREATE INDEX schedules_name on schedules (account_id, name);
CREATE INDEX tokens_employee on tokens (account_id, employee_id);
CREATE INDEX unique_values_owner on unique_values (account_id, owner_id);
insert into accounts values (1, 'Account', 'UTC', 0, 3, 13, 1795323700801531);
insert into employee_groups values (1, 13, '65879ac7-bdae-45b1-8407-0a35d8d8817f', 'e41432a3626e71fabf84ac67', 'sales', 'Sales', 0, 1);
insert into employee_groups values (1, 14, '1583645b-1444-462f-ba34-7dd664c844a8', '018a79f215c2a497521327a4', 'support', 'Support', 0, 1);
insert into employee_phone_numbers values (1, 18, 19, 0);
insert into employee_phone_numbers values (1, 20, 19, 0);
insert into employee_positions values (1, 11, 'Consultant');
insert into employee_positions values (1, 12, 'Team lead');
insert into employee_sites values (1, 18, 16);
insert into employee_skills values (1, 18, 17);
insert into employees values (1, 18, 1, '69566076-b4e6-4699-b4a9-99b239d743c9', 'rJAqdgXvxRhAS8aRr', 'ivan', NULL, NULL, NULL, NULL, NULL, NULL, 'Иванов', 'иванов', NULL, 'Иванов', 'иванов', 'ivanov@example.com', 'ivanov@example.com', 0, 3, 15, 2, 12, '101', 'all', 3, 3, 3, 3, '{"id":18,"account_id":1,"uuid":"69566076-b4e6-4699-b4a9-99b239d743c9","rocket_id":"rJAqdgXvxRhAS8aRr","version":1,"created_at":"2026-11-22T05:01:40.842819Z","updated_at":"2026-11-22T05:01:40.842819Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true}},"skills":[17]}', '$argon2id$v=19$m=19456,t=2,p=1$0EwUhfQpX/rJCf+PyupQzA$59MRwcyn/8DWIAPFY/ZxpvfIBbkbmZqGE5T0ToYrQ1M');
insert into employees values (1, 2, 1, '75d5d2e2-d296-440e-b028-dcc45d6719a4', 'MuBCWMTpJtZh3Daz8', 'admin', NULL, NULL, 'admin', 'admin', NULL, NULL, 'admin', 'admin', NULL, 'admin', 'admin', NULL, NULL, 1, 3, NULL, NULL, NULL, NULL, 'all', 3, 3, 3, 3, '{"id":2,"account_id":1,"uuid":"75d5d2e2-d296-440e-b028-dcc45d6719a4","rocket_id":"MuBCWMTpJtZh3Daz8","version":1,"created_at":"2026-11-22T05:01:40.801589Z","updated_at":"2026-11-22T05:01:40.801589Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{}}', '$argon2id$v=19$m=19456,t=2,p=1$UbfOufitQ+28lmC38l79Iw$JXayqtPDCSY0sMoiySAOElZLt+3UAcAWg6Tz/WEli28');
insert into employees values (1, 20, 1, 'f9de5181-390d-425f-9a6e-72f4f8899161', '7X2m7s3Df66GY8vXr', 'o-brien', NULL, NULL, NULL, NULL, NULL, NULL, 'O''Brien', 'o''brien', NULL, 'O''Brien', 'o''brien', NULL, NULL, 0, 3, NULL, NULL, NULL, '102', 'all', 3, 3, 3, 3, '{"id":20,"account_id":1,"uuid":"f9de5181-390d-425f-9a6e-72f4f8899161","rocket_id":"7X2m7s3Df66GY8vXr","version":1,"created_at":"2026-11-22T05:01:40.843025Z","updated_at":"2026-11-22T05:01:40.843025Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{}}', NULL);
insert into events values (1, 1, 'account.created', 'account', 1, NULL, NULL, 1795323700801531, NULL, '{"id":1,"name":"Account","time_zone":"UTC","disabled":false,"created_at":"2026-11-22T05:01:40.801531Z"}');
insert into events values (1, 10, 'employee.created', 'employees', 18, NULL, NULL, 1795323700842819, NULL, '{"id":18,"account_id":1,"uuid":"69566076-b4e6-4699-b4a9-99b239d743c9","rocket_id":"rJAqdgXvxRhAS8aRr","version":1,"created_at":"2026-11-22T05:01:40.842819Z","updated_at":"2026-11-22T05:01:40.842819Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true}},"skills":[17],"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
insert into events values (1, 11, 'employee.created', 'employees', 20, NULL, NULL, 1795323700843025, NULL, '{"id":20,"account_id":1,"uuid":"f9de5181-390d-425f-9a6e-72f4f8899161","rocket_id":"7X2m7s3Df66GY8vXr","version":1,"created_at":"2026-11-22T05:01:40.843025Z","updated_at":"2026-11-22T05:01:40.843025Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{},"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
insert into events values (1, 12, 'employee.created', 'employees', 22, NULL, NULL, 1795323700843043, NULL, NULL);
insert into events values (1, 13, 'employee.deleted', 'employees', 22, NULL, NULL, 1795323700880388, NULL, NULL);
insert into events values (1, 2, 'employee.created', 'employees', 2, NULL, NULL, 1795323700801531, NULL, '{"id":2,"account_id":1,"uuid":"75d5d2e2-d296-440e-b028-dcc45d6719a4","rocket_id":"MuBCWMTpJtZh3Daz8","version":1,"created_at":"2026-11-22T05:01:40.801589Z","updated_at":"2026-11-22T05:01:40.801589Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{},"phone_numbers":[]}');
insert into events values (1, 3, 'position.created', 'employee_positions', 11, NULL, NULL, 1795323700841497, NULL, '{"id":11,"name":"Consultant"}');
insert into events values (1, 4, 'position.created', 'employee_positions', 12, NULL, NULL, 1795323700841540, NULL, '{"id":12,"name":"Team lead"}');
insert into events values (1, 5, 'group.created', 'group_employees', 13, NULL, NULL, 1795323700841607, NULL, '{"id":13,"uuid":"65879ac7-bdae-45b1-8407-0a35d8d8817f","rocket_id":"e41432a3626e71fabf84ac67","handle":"sales","name":"Sales","queue_enabled":false,"channels_count":1}');
insert into events values (1, 6, 'group.created', 'group_employees', 14, NULL, NULL, 1795323700841651, NULL, '{"id":14,"uuid":"1583645b-1444-462f-ba34-7dd664c844a8","rocket_id":"018a79f215c2a497521327a4","handle":"support","name":"Support","queue_enabled":false,"channels_count":1}');
insert into events values (1, 7, 'schedule.created', 'schedules', 15, NULL, NULL, 1795323700841702, NULL, '{"id":15,"name":"Weekdays","document":[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]}');
insert into events values (1, 8, 'site.created', 'sites', 16, NULL, NULL, 1795323700841979, NULL, '{"id":16,"name":"example.com"}');
insert into events values (1, 9, 'skill.created', 'skills', 17, NULL, NULL, 1795323700842051, NULL, '{"id":17,"name":"English"}');
insert into goose_db_version values (1, 0, 1, '2026-11-22 05:01:40');
insert into goose_db_version values (2, 1, 1, '2026-11-22 05:01:40');
insert into id_blocks values ('all', 1001);
insert into memberships values (1, 14, 18, 3);
insert into phone_numbers values (1, 19, '74950000001', '74950000001', '+74950000001', 1, 60, 'active');
insert into schedules values (1, 15, 'Weekdays', 'weekdays', '[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]');
insert into sites values (1, 16, 'example.com');
insert into skills values (1, 17, 'English');
insert into statuses values (1, 3, 'available', 'Available', 'all calls', '#48b882', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 1);
insert into statuses values (1, 4, 'break', 'On a break', 'temporarily off', '#1179ad', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 2);
insert into statuses values (1, 5, 'do_not_disturb', 'Do not disturb', 'outgoing calls only', '#cc5d35', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 3);
insert into statuses values (1, 6, 'not_at_workplace', 'Not at workplace', 'all calls on the mobile phone', '#ebb03b', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 0, 0, 4);
insert into statuses values (1, 7, 'not_at_work', 'Not at work', 'wholly off', '#99acb7', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', 0, 1, 0, 0, 5);
insert into statuses values (1, 8, 'auto_out_call', 'Automatic outgoing calls', 'calls of campaigns', '#7a5fb5', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 1, 1, 1, 0, 6);
insert into statuses values (1, 9, 'unknown', 'Unknown', '', NULL, 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', 0, 0, 0, 0, 7);
insert into tokens values (1, 10, 2, X'228C9A3943B81F67A98064783837EEFE5A9F72D35C82DBAF54371D7721C1466E', 0, 'first administrator', 1795323700839231, NULL, 0);
insert into tombstones values (1, 22, 1795323700843043, 1795323700880388);
insert into unique_values values (1, 'extension', '101', 18);
insert into unique_values values (1, 'extension', '102', 20);
insert into unique_values values (1, 'handle', 'admin', 2);
insert into unique_values values (1, 'handle', 'ivan', 18);
insert into unique_values values (1, 'handle', 'o-brien', 20);
insert into unique_values values (1, 'handle', 'sales', 13);
insert into unique_values values (1, 'handle', 'support', 14);
insert into unique_values values (1, 'operator_login', 'ivan', 18);
