-- The newest transaction of each connection that writes, by which one whose commit
-- was not answered is found out about. commits.go tells how; SQLite needs none.

-- +goose Up
create table commits (
    session bytea not null, -- a random UUID
    number bigint not null, -- of the transaction, from 1; 0 if there was none
    at bigint not null, -- by the database's clock
    constraint commits_pkey primary key (session)
);
