-- A login for each process, a member of its role and of no other. Safe to repeat: it sets the passwords anew.
--   psql --set=ON_ERROR_STOP=1 --file=logins.sql, as a role that may make roles, with the passwords in the environment.
\getenv control_password CONTROL_DATABASE_PASSWORD
\getenv public_password PUBLIC_DATABASE_PASSWORD
\getenv worker_password WORKER_DATABASE_PASSWORD

select format('create role %I login in role %I', login, role)
from (values ('control_app', 'smartalert_control'), ('public_app', 'smartalert_public'), ('worker_app', 'smartalert_worker'))
  wanted (login, role)
where not exists (select from pg_roles where rolname = login) \gexec

alter role control_app password :'control_password' connection limit 70;
alter role public_app password :'public_password' connection limit 70;
alter role worker_app password :'worker_password';

-- How long a statement may take, and a transaction may lie idle.
alter role control_app set statement_timeout = '2min';
alter role control_app set idle_in_transaction_session_timeout = '5min';
alter role public_app set statement_timeout = '15s';
alter role public_app set idle_in_transaction_session_timeout = '1min';
alter role worker_app set statement_timeout = '10min';
alter role worker_app set idle_in_transaction_session_timeout = '5min';
