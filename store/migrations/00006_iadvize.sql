-- What iAdvize's doors keep beside: trees of groups and skills, sites' languages,
-- pictures of people, and when somebody last signed in.

-- +goose Up
alter table employee_groups add column parent_id bigint; -- null at the top
alter table employee_groups add column created_at bigint not null default 0;
update employee_groups set created_at = (select a.created_at from accounts a where a.id = employee_groups.account_id);
create index employee_groups_parent on employee_groups (account_id, parent_id, id);

alter table skills add column parent_id bigint; -- null at the top
alter table skills add column sort_order bigint not null default 0;
alter table skills add column is_location boolean not null default false;
alter table skills add column created_at bigint not null default 0;
update skills set created_at = (select a.created_at from accounts a where a.id = skills.account_id);
create index skills_parent on skills (account_id, parent_id, id);

alter table sites add column currency text collate "C"; -- ISO 4217
alter table sites add column language text collate "C"; -- ISO 639-1
alter table sites add column time_zone text collate "C"; -- IANA; null is the account's

alter table employee_activity add column signed_in_at bigint; -- last; null if never

-- One picture a person. Another picture has another id, which is hard to guess.
create table avatars (
    account_id bigint not null,
    employee_id bigint not null,
    id text collate "C" not null, -- UUID
    media_type text collate "C" not null,
    data bytea not null,
    constraint avatars_pkey primary key (account_id, employee_id),
    constraint avatars_id_key unique (id),
    constraint avatars_employee_fkey foreign key (account_id, employee_id) references employees (account_id, id)
);
