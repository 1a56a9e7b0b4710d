-- minimum: 1
-- When a plan withdrew its channel from the worker: a while later nobody reads it any more. Null for one that names sessions.
alter table voicecluster.plans add column withdrawn_at timestamptz;
