-- minimum: 1
-- Both may be null: an earlier release writes neither.

-- Names an append, so that one whose answer was lost can be repeated.
alter table voicecluster.lvsp_outbox add column append_id bigint;
create unique index lvsp_outbox_by_append on voicecluster.lvsp_outbox (session_id, append_id) where append_id is not null;

-- The highest number that was stored when the holder was taken for lost: what lies above it only the holder can have given out.
alter table voicecluster.lvsp_sessions add column lost_above bigint;
