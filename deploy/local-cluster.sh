#!/usr/bin/env bash
# Starts N nodes of one cluster on this machine, on 127.0.0.1, .2, .3 and so on with the same ports, and a PostgreSQL of their own in a temporary directory
# unless VOICECLUSTER__Cluster__Postgres__ConnectionString or --Cluster:Postgres:ConnectionString names one. Called by run.sh --nodes N; the node is built
# already. Ctrl-C ends everything.
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
  echo "A cluster needs PostgreSQL 15 or later: install it, or name one with --Cluster:Postgres:ConnectionString." >&2
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
    --Cluster:Store Postgres --Cluster:Listen "$address:7400" "${@:2}" > >(tee "var/$name/node.log" | sed -un "s/^.* \\(warn\\|fail\\|crit\\): /$name: &/p") 2>&1 &
  pids+=($!)
}

# Waits until every node is ready; says what one wrote that is not.
await_nodes() {
  local deadline=$((SECONDS + 60)) node
  for node in $(seq "$nodes"); do
    until grep -q '^ready: ' "var/node-$node/node.log"; do
      if ! kill -0 "${pids[$((node - 1))]}" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
        echo "node-$node does not become ready:" >&2
        cat "var/node-$node/node.log" >&2
        exit 1
      fi
      sleep 0.2
    done
  done
}

describe() {
  local all=$(seq -s ' ' -f '127.0.0.%g' "$nodes")
  echo "cluster of $nodes nodes, ready"
  echo "  lvsp        ws://127.0.0.1:8080/lvsp (or any other node)"
  echo "  voice       on $all, ports 8080 and 8443 (TLS)"
  echo "  media       udp from port 50000; between nodes udp from port 7401"
  echo "  admin       http://127.0.0.1:9090/ and so on, token in var/node-1/admin-token and so on"
  echo "  dev secret  dev-secret (realm default)"
  echo "  logs        var/node-1/node.log and so on; warnings show here too"
  echo "  try it      ./voicectl call --users 30 --speakers 5$(printf -- ' --voice-url ws://%s:8080' $all)"
}

# Whether the flags set a key: --Key value or --Key=value, in capitals or not.
is_set() {
  local key=$1 flag
  for flag in "${@:2}"; do
    flag=${flag%%=*}
    [ "${flag,,}" != "--${key,,}" ] || return 0
  done
  return 1
}

[ -n "${VOICECLUSTER__Cluster__Postgres__ConnectionString:-}" ] || is_set Cluster:Postgres:ConnectionString "$@" || start_postgres
export VOICECLUSTER__Cluster__Secret="${VOICECLUSTER__Cluster__Secret:-$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')}"
for node in $(seq "$nodes"); do
  mkdir -p "var/node-$node"
  : >"var/node-$node/node.log"
  start_node "$node" "$@"
done
await_nodes
describe

# The cluster ends with the first node that does.
wait -n
