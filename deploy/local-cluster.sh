#!/usr/bin/env bash
# Starts N nodes of one cluster on this machine, on 127.0.0.1, .2, .3 and so on with the same ports, and a PostgreSQL of their own in a temporary directory
# unless VOICECLUSTER__Cluster__Postgres__ConnectionString names one. Called by run.sh --nodes N; the node is built already. Ctrl-C ends everything.
set -euo pipefail
nodes=$1
shift
work=$(mktemp -d)
pids=()

as_postgres() {
  # PostgreSQL refuses to run as root.
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi
}

stop_all() {
  trap - EXIT INT TERM
  [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
  [ ${#pids[@]} = 0 ] || wait "${pids[@]}" 2>/dev/null || true
  [ ! -d "$work/data" ] || as_postgres "$pg/pg_ctl" -D "$work/data" -m fast stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

find_postgres() {
  local candidate
  for candidate in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    if [ -x "$candidate/initdb" ]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  echo "A cluster needs PostgreSQL 15 or later: install it, or name one in VOICECLUSTER__Cluster__Postgres__ConnectionString." >&2
  exit 1
}

start_postgres() {
  pg=$(find_postgres)
  [ "$(id -u)" != 0 ] || chown nobody:nogroup "$work"
  as_postgres "$pg/initdb" -D "$work/data" -A trust -U voicecluster --no-sync -E UTF8 --locale=C >"$work/initdb.log" 2>&1 ||
    { cat "$work/initdb.log" >&2; exit 1; }
  as_postgres "$pg/pg_ctl" -D "$work/data" -w -l "$work/postgres.log" -o "-c listen_addresses='' -k $work" start >/dev/null ||
    { cat "$work/postgres.log" >&2; exit 1; }
  export VOICECLUSTER__Cluster__Postgres__ConnectionString="Host=$work;Username=voicecluster;Database=postgres"
}

start_node() {
  local address="127.0.0.$1" name="node-$1"
  "$DOTNET" src/VoiceCluster.Node/bin/Release/net10.0/VoiceCluster.Node.dll --dev \
    --Node:Id "$name" --Node:StateDirectory "var/$name" \
    --Http:Listen "$address:8080" --Https:Listen "$address:8443" --Admin:Listen "$address:9090" \
    --Voice:PublicEndpoint "$address:8443" \
    --Media:Listen "$address:50000" --Media:AdvertisedAddress "$address" \
    --Cluster:Store Postgres --Cluster:Listen "$address:7400" "${@:2}" > >(sed -u "s/^/$name: /") 2>&1 &
  pids+=($!)
}

[ -n "${VOICECLUSTER__Cluster__Postgres__ConnectionString:-}" ] || start_postgres
export VOICECLUSTER__Cluster__Secret="${VOICECLUSTER__Cluster__Secret:-$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')}"
for node in $(seq "$nodes"); do
  start_node "$node" "$@"
done
echo "cluster of $nodes nodes; LVSP: ws://127.0.0.1:8080/lvsp (and on 127.0.0.2 to 127.0.0.$nodes, any node will do)"

# The cluster ends with the first node that does.
wait -n
