#!/usr/bin/env bash
# Builds and starts one node in development mode: loopback only, in memory, a secret everybody knows. Needs the .NET SDK and nothing else.
# Flags are passed on: ./run.sh --Media:Workers 1, or ./run.sh --help for all of them.
# ./run.sh --nodes 3 starts a cluster instead, on 127.0.0.1, .2 and .3, with a PostgreSQL of its own unless --Cluster:Postgres:ConnectionString names one;
# flags after the number go to every node.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
. ./deploy/dotnet-env.sh

build_quietly src/VoiceCluster.Node

# Garbage collection pauses stay short only with a small youngest generation, and the runtime reads this nowhere else.
export DOTNET_GCgen0size="${DOTNET_GCgen0size:-0x400000}"
if [ "${1:-}" = --nodes ]; then
  export DOTNET
  exec ./deploy/local-cluster.sh "${2:?how many nodes?}" "${@:3}"
fi
exec "$DOTNET" src/VoiceCluster.Node/bin/Release/net10.0/VoiceCluster.Node.dll --dev "$@"
