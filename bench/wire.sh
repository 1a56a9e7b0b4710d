#!/usr/bin/env bash
# What a copy costs a node that sends over an Ethernet device: by UDP sockets, and as whole frames (Media:LinkLayer), in turns.
#
#   ./bench/wire.sh [USERS] [COPIES A SECOND] [TURNS]
#
# The node has a network namespace of its own, and a pair of virtual Ethernet devices between it and the load. Both directions of such a pair are the node's CPU
# time, delivery at the far end too; a real device costs a driver instead. Needs root, iproute2 and two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. ./deploy/dotnet-env.sh

users=${1:-1000} copies=${2:-120000} turns=${3:-3}
node=10.99.0.1 load=10.99.0.2

if [ -z "${WIRE_NAMESPACE:-}" ]; then
  build_quietly src/VoiceCluster.Node
  build_quietly src/VoiceCluster.LoadGen
  ulimit -n "$(ulimit -Hn)"
  WIRE_NAMESPACE=1 exec unshare --net "$0" "$users" "$copies" "$turns"
fi

state=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$state"' EXIT

# Users keep the loopback addresses that the load tool gives them, so both ends have to let such pass.
lay_wire() {
  unshare --net sleep infinity &
  far=$!
  until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
  ip link set lo up
  ip link add wire type veth peer name wire netns $far
  ip address add $load/24 dev wire
  ip link set wire up
  echo 1 >/proc/sys/net/ipv4/conf/wire/route_localnet
  nsenter --net --target $far sh -c "
    ip link set lo up; ip address add $node/24 dev wire; ip link set wire up
    echo 1 >/proc/sys/net/ipv4/conf/wire/route_localnet
    ip route del local 127.0.0.0/8 dev lo table local; ip route add local 127.0.0.0/24 dev lo table local
    ip route add 127.1.0.0/16 via $load src $node"
}

# measure WAY: starts a node, loads it, prints the row of the result.
measure() {
  # As the load tool starts nodes: one packet thread, limits out of the way.
  DOTNET_GCgen0size=0x400000 nsenter --net --target $far taskset --cpu-list 0 "$DOTNET" src/VoiceCluster.Node/bin/Release/net10.0/VoiceCluster.Node.dll \
    --dev --Http:Listen=0.0.0.0:7080 --Https:Listen=off --Admin:Listen=$node:9090 --Media:Listen=0.0.0.0:50000 --Media:Workers=1 --Media:AdvertisedAddress=$node \
    --Voice:PublicEndpoint=$node:7080 --Node:StateDirectory="$state" --Media:LinkLayer="$1" --Log:Level=warning \
    --Limits:PacketsPerSecondPerSession=10000 --Limits:SessionsPerWorker=60000 --Limits:SocketsBeforeIdentify=1000000 \
    --Limits:SocketsBeforeIdentifyPerAddress=1000000 --Limits:VoiceMessagesPerMinute=100000 --Limits:VoiceMessagesPerSecond=10000 \
    --Node:CapacityUsers=1000000 --Node:CapacityMegabits=1000000 --Voice:HeartbeatInterval=2m --Voice:UnclaimedTimeout=10m >"$state/log" 2>&1 &
  local server=$!
  until grep --quiet ^ready: "$state/log"; do
    kill -0 $server || { cat "$state/log" >&2; exit 1; }
    sleep 0.2
  done
  taskset --cpu-list 1 "$DOTNET" src/VoiceCluster.LoadGen/bin/Release/net10.0/VoiceCluster.LoadGen.dll media --users "$users" --fan-out 50 --copies "$copies" \
    --url ws://$node:7080/lvsp --voice-url ws://$node:7080 --admin-url http://$node:9090 --admin-token-file "$state/admin-token" --pid $server --core 0 2>&1 |
    awk -v way="$1" '/VoiceCluster +[0-9]/ { printf "%-6s %8s %12s %8s %%\n", way, $2, $3, $4 }'
  kill $server
  wait $server 2>/dev/null || true
}

lay_wire
printf "%-6s %8s %12s %10s\n" way ns/copy copies/s core
for _ in $(seq "$turns"); do
  measure never
  measure auto
done
