-- What calls came to, so that a repeated one is answered and not done again; and
-- the journals of imports. Neither holds a secret.

-- +goose Up
create table outcomes (
    account_id bigint not null,
    token_id bigint not null, -- 0 for the command line
    method text collate "C" not null,
    key_digest bytea not null, -- SHA-256 of the idempotency key
    params_digest bytea not null, -- SHA-256 of the other parameters but secrets
    outcome text collate "C" not null, -- JSON: the result, or what was wrong
    shown text collate "C", -- JSON: the values that were wrong; null once a person is deleted
    kept_at bigint not null,
    constraint outcomes_pkey primary key (account_id, token_id, method, key_digest),
    constraint outcomes_account_fkey foreign key (account_id) references accounts (id)
);
create index outcomes_kept_at on outcomes (account_id, kept_at);
create index outcomes_shown on outcomes (account_id) where shown is not null;

create table imports (
    account_id bigint not null,
    id bigint not null,
    name text collate "C" not null,
    name_folded text collate "C" not null,
    digest text collate "C" not null, -- of the file, in hexadecimal digits
    state text collate "C" not null, -- open, done, undone
    rows_count bigint not null,
    failed_count bigint not null,
    created_at bigint not null,
    constraint imports_pkey primary key (account_id, id),
    constraint imports_account_fkey foreign key (account_id) references accounts (id)
);

-- The rows of imports that went in.
create table import_rows (
    account_id bigint not null,
    import_id bigint not null,
    key text collate "C" not null,
    id bigint not null,
    line bigint not null, -- of the file, from 1
    outcome text collate "C" not null, -- created, updated, unchanged
    employee_id bigint not null,
    version bigint not null, -- of the employee, once the row was in
    constraint import_rows_pkey primary key (account_id, import_id, key),
    constraint import_rows_import_fkey foreign key (account_id, import_id) references imports (account_id, id)
);
create unique index import_rows_id on import_rows (account_id, id);
create index import_rows_employee on import_rows (account_id, employee_id);
