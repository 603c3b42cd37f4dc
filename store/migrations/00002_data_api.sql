-- What the rest of the Data API keeps: access, groups' numbers, sites, SIP lines,
-- status periods and activity. Columns that end in _folded, and the periods of
-- employees who are there already, are filled by the migration in Go that follows.

-- +goose Up
alter table accounts add column disabled_components text collate "C" not null default ''; -- separated by commas
alter table accounts add column allow_ips text collate "C" not null default ''; -- prefixes separated by commas; empty allows all
alter table accounts add column partner_id bigint constraint accounts_partner_fkey references accounts (id); -- who may act for this account
alter table accounts add column points_per_minute bigint not null default 0; -- 0 is without limit
alter table accounts add column points_per_day bigint not null default 0;
create index accounts_partner on accounts (partner_id, id);

-- How many points an account has used in the windows that its calls opened.
create table account_points (
    account_id bigint not null,
    minute_started bigint not null,
    minute_used bigint not null,
    day_started bigint not null,
    day_used bigint not null,
    constraint account_points_pkey primary key (account_id),
    constraint account_points_account_fkey foreign key (account_id) references accounts (id)
);

-- Tokens may belong to the account itself, and be limited.
create table tokens_before as select * from tokens;
drop table tokens;
create table tokens (
    account_id bigint not null,
    id bigint not null,
    employee_id bigint, -- null: the account's own
    digest bytea not null, -- SHA-256 of the token, which is nowhere kept
    session boolean not null, -- made by a sign-in
    label text collate "C" not null,
    created_at bigint not null,
    expires_at bigint,
    blocked boolean not null,
    rights text collate "C" not null, -- separated by commas; empty leaves all that the holder has
    allow_ips text collate "C" not null, -- prefixes separated by commas; empty allows all
    constraint tokens_pkey primary key (account_id, id),
    constraint tokens_digest_key unique (digest),
    constraint tokens_account_fkey foreign key (account_id) references accounts (id),
    constraint tokens_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
);
insert into tokens (account_id, id, employee_id, digest, session, label, created_at, expires_at, blocked, rights, allow_ips)
select account_id, id, employee_id, digest, session, label, created_at, expires_at, blocked, '', '' from tokens_before;
drop table tokens_before;
create index tokens_employee on tokens (account_id, employee_id);

alter table statuses add column name_folded text collate "C" not null default '';
alter table employee_positions add column name_folded text collate "C" not null default '';
alter table skills add column name_folded text collate "C" not null default '';

alter table sites add column domain_name_folded text collate "C" not null default '';
alter table sites add column name text collate "C";
alter table sites add column name_folded text collate "C";
alter table sites add column default_phone_number text collate "C";

alter table employee_groups add column name_folded text collate "C" not null default '';
alter table employee_groups add column extension text collate "C";
create index employee_groups_extension on employee_groups (account_id, extension, id);

alter table employees add column coach_always_enabled boolean not null default false;
alter table employees add column extension_voice_mail boolean not null default false;
alter table employees add column extension_queue boolean not null default false;
update employees set
    coach_always_enabled = coalesce(document::jsonb -> 'coach' -> 'always_enabled' = 'true', false),
    extension_voice_mail = coalesce(document::jsonb -> 'extension' -> 'voice_mail_enabled' = 'true', false),
    extension_queue = coalesce(document::jsonb -> 'extension' -> 'queue_enabled' = 'true', false);

-- Members of a group stand in order of position: the moment they joined, in
-- microseconds.
alter table memberships add column position bigint not null default 0;
alter table memberships add column enabled boolean not null default true;

-- A number that an employee has is known by an id in the groups that they are in.
alter table employee_phone_numbers add column id bigint not null default 0;
update employee_phone_numbers set id = n.id
from (
    select account_id, employee_id, phone_number_id,
        (select next_id from id_blocks where name = 'all') + row_number() over (order by account_id, employee_id, phone_number_id) - 1 as id
    from employee_phone_numbers
) n
where n.account_id = employee_phone_numbers.account_id and n.employee_id = employee_phone_numbers.employee_id and n.phone_number_id = employee_phone_numbers.phone_number_id;
update id_blocks set next_id = next_id + (select count(*) from employee_phone_numbers) where name = 'all';
create unique index employee_phone_numbers_id_key on employee_phone_numbers (account_id, id);

-- What a group says itself of a number of a member. Numbers without a row come
-- after those with one, and are available.
create table group_phone_numbers (
    account_id bigint not null,
    group_id bigint not null,
    employee_phone_number_id bigint not null, -- employee_phone_numbers.id
    employee_id bigint not null, -- whose it is
    position bigint not null, -- priority: 0 first
    available boolean not null,
    constraint group_phone_numbers_pkey primary key (account_id, group_id, employee_phone_number_id),
    constraint group_phone_numbers_member_fkey foreign key (account_id, group_id, employee_id) references memberships (account_id, group_id, employee_id),
    constraint group_phone_numbers_number_fkey foreign key (account_id, employee_phone_number_id) references employee_phone_numbers (account_id, id)
);
create index group_phone_numbers_member on group_phone_numbers (account_id, employee_id, group_id);
create index group_phone_numbers_number on group_phone_numbers (account_id, employee_phone_number_id);

create table virtual_numbers (
    account_id bigint not null,
    id bigint not null,
    phone_number text collate "C" not null,
    constraint virtual_numbers_pkey primary key (account_id, id),
    constraint virtual_numbers_phone_number_key unique (account_id, phone_number),
    constraint virtual_numbers_account_fkey foreign key (account_id) references accounts (id)
);

create table sip_lines (
    account_id bigint not null,
    id bigint not null,
    employee_id bigint not null,
    phone_number text collate "C" not null,
    virtual_number_id bigint, -- null: the line is for incoming calls only
    channels_count bigint not null,
    dial_time bigint not null, -- seconds
    billing_state text collate "C" not null,
    registered boolean not null,
    ip_addresses text collate "C" not null, -- JSON: where it has registered from
    password bytea not null, -- encrypted
    password_mac bytea not null, -- by which the password can be looked for
    constraint sip_lines_pkey primary key (account_id, id),
    constraint sip_lines_phone_number_key unique (account_id, phone_number),
    constraint sip_lines_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint sip_lines_virtual_number_fkey foreign key (account_id, virtual_number_id) references virtual_numbers (account_id, id)
);
create index sip_lines_employee on sip_lines (account_id, employee_id, id);
create index sip_lines_virtual_number on sip_lines (account_id, virtual_number_id, id);
create index sip_lines_password on sip_lines (account_id, password_mac);

-- When an employee had which status. The last period of each has no end.
create table status_periods (
    account_id bigint not null,
    employee_id bigint not null,
    started_at bigint not null,
    ended_at bigint,
    status_id bigint not null,
    constraint status_periods_pkey primary key (account_id, employee_id, started_at),
    constraint status_periods_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint status_periods_status_fkey foreign key (account_id, status_id) references statuses (account_id, id)
);
create index status_periods_status on status_periods (account_id, status_id);

-- What the platform tells of an employee's work; no row is all zero.
create table employee_activity (
    account_id bigint not null,
    employee_id bigint not null,
    connected boolean not null,
    chats bigint not null, -- running conversations, by channel
    calls bigint not null,
    videos bigint not null,
    third_party bigint not null,
    conversations bigint not null, -- in all
    satisfaction bigint, -- hundredths of a percent
    experience bigint,
    constraint employee_activity_pkey primary key (account_id, employee_id),
    constraint employee_activity_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
);
