-- How far the index goes by which parts of employees' texts are found. The index
-- itself is no part of the schema: search.go tells who makes it, and when.

-- +goose Up
create table search_index (
    name text collate "C" not null, -- 'employees'
    state text collate "C" not null, -- stale, building or ready
    account_id bigint not null, -- while building: the last employee that is indexed, by account and id
    employee_id bigint not null,
    constraint search_index_pkey primary key (name)
);
insert into search_index (name, state, account_id, employee_id) values ('employees', 'stale', 0, 0);
