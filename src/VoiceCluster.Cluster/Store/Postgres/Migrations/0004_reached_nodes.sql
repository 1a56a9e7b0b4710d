-- minimum: 1
-- The life of the node that no link is known to lead to, if it is the present one: it owns nothing yet. An earlier release writes none.
alter table voicecluster.nodes add column unreached_incarnation bigint;
