-- Fewer trees, of which every change of an employee writes a page each. Rows that are
-- little more than their key are kept in its order and nowhere else, where the database
-- can do so; indexes that nothing asks are gone; and who has no coach, no schedule or no
-- position is in no index of these.

-- +goose Up
create table phone_numbers_before as select * from phone_numbers;
create table employee_phone_numbers_before as select * from employee_phone_numbers;
create table memberships_before as select * from memberships;
create table group_phone_numbers_before as select * from group_phone_numbers;
create table unique_values_before as select * from unique_values;
create table employee_sites_before as select * from employee_sites;
create table employee_skills_before as select * from employee_skills;
create table status_periods_before as select * from status_periods;
drop table group_phone_numbers;
drop table employee_phone_numbers;
drop table phone_numbers;
drop table memberships;
drop table unique_values;
drop table employee_sites;
drop table employee_skills;
drop table status_periods;

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
) /* in the order of its key */;
insert into phone_numbers (account_id, id, identity, spelling, e164, channels_count, dial_time, status)
select account_id, id, identity, spelling, e164, channels_count, dial_time, status from phone_numbers_before order by account_id, id;
drop table phone_numbers_before;
create index phone_numbers_spelling on phone_numbers (account_id, spelling, id);

create table employee_phone_numbers (
    account_id bigint not null,
    employee_id bigint not null,
    phone_number_id bigint not null,
    position bigint not null, -- priority: 0 first
    id bigint not null, -- by which the number is known in the employee's groups
    constraint employee_phone_numbers_pkey primary key (account_id, employee_id, phone_number_id),
    constraint employee_phone_numbers_id_key unique (account_id, id),
    constraint employee_phone_numbers_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_phone_numbers_number_fkey foreign key (account_id, phone_number_id) references phone_numbers (account_id, id)
) /* in the order of its key */;
insert into employee_phone_numbers (account_id, employee_id, phone_number_id, position, id)
select account_id, employee_id, phone_number_id, position, id from employee_phone_numbers_before order by account_id, employee_id, phone_number_id;
drop table employee_phone_numbers_before;
create index employee_phone_numbers_number on employee_phone_numbers (account_id, phone_number_id, employee_id);

create table memberships (
    account_id bigint not null,
    group_id bigint not null,
    employee_id bigint not null,
    status_id bigint not null, -- the employee's, so that one index answers "who of the group has it"
    position bigint not null default 0, -- among the group's members: when they joined, in microseconds
    enabled boolean not null default true,
    chat_limit bigint not null default 0, -- 0 is no limit of its own
    sort_order bigint not null default 0,
    changed_at bigint not null default 0,
    constraint memberships_pkey primary key (account_id, group_id, employee_id),
    constraint memberships_group_fkey foreign key (account_id, group_id) references employee_groups (account_id, id),
    constraint memberships_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
) /* in the order of its key */;
insert into memberships (account_id, group_id, employee_id, status_id, position, enabled, chat_limit, sort_order, changed_at)
select account_id, group_id, employee_id, status_id, position, enabled, chat_limit, sort_order, changed_at from memberships_before order by account_id, group_id, employee_id;
drop table memberships_before;
create index memberships_employee on memberships (account_id, employee_id, group_id);
create index memberships_status on memberships (account_id, group_id, status_id, employee_id);

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
) /* in the order of its key */;
insert into group_phone_numbers (account_id, group_id, employee_phone_number_id, employee_id, position, available)
select account_id, group_id, employee_phone_number_id, employee_id, position, available from group_phone_numbers_before order by account_id, group_id, employee_phone_number_id;
drop table group_phone_numbers_before;
create index group_phone_numbers_member on group_phone_numbers (account_id, employee_id, group_id);
create index group_phone_numbers_number on group_phone_numbers (account_id, employee_phone_number_id);

create table unique_values (
    account_id bigint not null,
    kind text collate "C" not null,
    value text collate "C" not null,
    owner_id bigint not null, -- an employee or a group
    constraint unique_values_pkey primary key (account_id, kind, value),
    constraint unique_values_account_fkey foreign key (account_id) references accounts (id)
) /* in the order of its key */;
insert into unique_values (account_id, kind, value, owner_id)
select account_id, kind, value, owner_id from unique_values_before order by account_id, kind, value;
drop table unique_values_before;

create table employee_sites (
    account_id bigint not null,
    employee_id bigint not null,
    site_id bigint not null,
    constraint employee_sites_pkey primary key (account_id, employee_id, site_id),
    constraint employee_sites_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_sites_site_fkey foreign key (account_id, site_id) references sites (account_id, id)
) /* in the order of its key */;
insert into employee_sites (account_id, employee_id, site_id)
select account_id, employee_id, site_id from employee_sites_before order by account_id, employee_id, site_id;
drop table employee_sites_before;
create index employee_sites_site on employee_sites (account_id, site_id);

create table employee_skills (
    account_id bigint not null,
    employee_id bigint not null,
    skill_id bigint not null,
    constraint employee_skills_pkey primary key (account_id, employee_id, skill_id),
    constraint employee_skills_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint employee_skills_skill_fkey foreign key (account_id, skill_id) references skills (account_id, id)
) /* in the order of its key */;
insert into employee_skills (account_id, employee_id, skill_id)
select account_id, employee_id, skill_id from employee_skills_before order by account_id, employee_id, skill_id;
drop table employee_skills_before;
create index employee_skills_skill on employee_skills (account_id, skill_id);

create table status_periods (
    account_id bigint not null,
    employee_id bigint not null,
    started_at bigint not null,
    ended_at bigint,
    status_id bigint not null,
    constraint status_periods_pkey primary key (account_id, employee_id, started_at),
    constraint status_periods_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id),
    constraint status_periods_status_fkey foreign key (account_id, status_id) references statuses (account_id, id)
) /* in the order of its key */;
insert into status_periods (account_id, employee_id, started_at, ended_at, status_id)
select account_id, employee_id, started_at, ended_at, status_id from status_periods_before order by account_id, employee_id, started_at;
drop table status_periods_before;

drop index employees_schedule;
create index employees_schedule on employees (account_id, schedule_id, id) where schedule_id is not null;
drop index employees_coach;
create index employees_coach on employees (account_id, coach_id, id) where coach_id is not null;
drop index employees_position;
create index employees_position on employees (account_id, position_id, id) where position_id is not null;

-- How many employees an account has among so many ids: what follows an id is summed up,
-- and not counted.
create table employee_counts (
    account_id bigint not null,
    block bigint not null, -- ids / 4096
    employees bigint not null,
    constraint employee_counts_pkey primary key (account_id, block),
    constraint employee_counts_account_fkey foreign key (account_id) references accounts (id)
) /* in the order of its key */;
insert into employee_counts (account_id, block, employees)
select account_id, id / 4096, count(*) from employees group by 1, 2 order by 1, 2;
