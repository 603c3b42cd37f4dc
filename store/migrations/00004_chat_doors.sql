-- What the doors of chat systems need: tokens of their own, their settings, groups
-- as departments and queues, and columns of employees that they select and sort by,
-- which the migration in Go that follows fills.

-- +goose Up
alter table accounts add column jid_host text collate "C"; -- by which presence is asked for; null if it is not public
create unique index accounts_jid_host_key on accounts (jid_host);

alter table tokens add column door text collate "C" not null default ''; -- where it is valid: '' is the Data API

-- What administrators have set for a door, whose words these are.
create table door_settings (
    account_id bigint not null,
    door text collate "C" not null,
    name text collate "C" not null,
    value text collate "C" not null, -- JSON
    constraint door_settings_pkey primary key (account_id, door, name),
    constraint door_settings_account_fkey foreign key (account_id) references accounts (id)
);

alter table employee_groups add column description text collate "C";
alter table employee_groups add column email text collate "C";
alter table employee_groups add column enabled boolean not null default true;
alter table employee_groups add column show_on_registration boolean not null default false;
alter table employee_groups add column show_on_offline_form boolean not null default false;
alter table employee_groups add column transcripts boolean not null default false;
alter table employee_groups add column avatar text collate "C";

alter table memberships add column chat_limit bigint not null default 0; -- 0 is no limit of its own
alter table memberships add column sort_order bigint not null default 0;
alter table memberships add column changed_at bigint not null default 0;
update memberships set changed_at = position;

alter table employees add column shown_name text collate "C" not null default '';
alter table employees add column shown_name_folded text collate "C" not null default '';
alter table employees add column agent boolean not null default false; -- has a seat with the chat channel
alter table employees add column manager boolean not null default false;
alter table employees add column chatting boolean not null default false; -- an agent who takes chats
alter table employees add column chat_slots bigint; -- null without a seat
alter table employees add column finer_show text collate "C";

-- By what members sign in, in the whole server.
create index employees_member_email on employees (email_folded) where login is not null;
create index employees_member_handle on employees (handle) where login is not null;
create index employees_agents on employees (account_id, shown_name, id) where agent;
