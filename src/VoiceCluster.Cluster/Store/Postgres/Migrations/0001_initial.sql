-- minimum: 1
-- Times are the database's, except those of LVSP sessions: these are told by the node that writes.

create table voicecluster.nodes (
    node         text primary key,
    incarnation  bigint not null,
    -- 1 live, 2 left, 3 dead
    state        smallint not null,
    draining     boolean not null,
    joined_at    timestamptz not null,
    renewed_at   timestamptz not null,
    -- How others reach it and what it can do: written and read by the nodes.
    description  text not null
) with (fillfactor = 50);

create table voicecluster.node_votes (
    suspect              text not null,
    suspect_incarnation  bigint not null,
    voter                text not null,
    voter_incarnation    bigint not null,
    voted_at             timestamptz not null,
    primary key (suspect, voter)
);

-- A released shard keeps its row, so that its epochs go on rising.
create table voicecluster.shards (
    shard              smallint primary key,
    owner_node         text not null,
    owner_incarnation  bigint not null,
    epoch              bigint not null,
    in_force           boolean not null
) with (fillfactor = 50);

create table voicecluster.entities (
    -- 1 voice channel, 2 voice state
    kind       smallint not null,
    key        text not null,
    shard      smallint not null,
    group_key  text,
    state      bytea not null,
    primary key (kind, key)
) with (fillfactor = 70);

create index entities_by_group on voicecluster.entities (kind, group_key) where group_key is not null;
create index entities_by_shard on voicecluster.entities (shard);

create table voicecluster.directory (
    -- 1 channel, 2 session, 3 token; a token's key is its hash
    index   smallint not null,
    key     text not null,
    kind    smallint not null,
    entity  text not null,
    value   text not null,
    primary key (index, key, kind, entity, value)
);

create index directory_by_entity on voicecluster.directory (kind, entity);

create table voicecluster.lvsp_sessions (
    session_id           text primary key,
    realm                text not null,
    token_hash           text not null,
    form                 smallint,
    litecord_compatible  boolean not null,
    generation           bigint not null,
    holder_node          text not null,
    holder_name          text not null,
    -- Null while a socket holds it.
    expires_at           timestamptz,
    -- The last number given out, and the last that need not be kept any more.
    highest              bigint not null,
    forgotten            bigint not null,
    creation             bigint generated always as identity
) with (fillfactor = 50);

create index lvsp_sessions_by_realm on voicecluster.lvsp_sessions (realm);
create index lvsp_sessions_by_token on voicecluster.lvsp_sessions (token_hash);

create table voicecluster.lvsp_outbox (
    session_id   text not null references voicecluster.lvsp_sessions on delete cascade,
    sequence     bigint not null,
    appended_at  timestamptz not null,
    info         bytea not null,
    primary key (session_id, sequence)
);

-- The newest plan of each channel for each worker, for nodes without a link to the channel's owner.
create table voicecluster.plans (
    node         text not null,
    incarnation  bigint not null,
    worker       smallint not null,
    channel      text not null,
    shard        smallint not null,
    epoch        bigint not null,
    version      bigint not null,
    revision     bigint generated always as identity,
    plan         bytea not null,
    primary key (node, incarnation, worker, channel)
) with (fillfactor = 70);
