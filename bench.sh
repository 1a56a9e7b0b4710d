#!/usr/bin/env bash
# Measures the packet path beside a floor program in C and beside other servers, in turns on this machine, and judges it.
#   ./bench.sh                       everything that is quoted, some 20 minutes; exit status by what is asked of the packet path
#   ./bench.sh --quick | --dry       shorter, or tiny and in seconds; not judged
#   ./bench.sh --part cost           one part; ./bench.sh --help lists them
#   ./bench.sh --soak 10             with a soak of ten minutes at the end
#   ./bench.sh --write               also writes the tables into docs/performance.md
# Needs two cores to mean anything. With gcc, OpenSSL's and libsodium's headers there is a floor; with mumble-server and rtpengine, peers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./deploy/dotnet-env.sh
. ./deploy/packages.sh

# The floor is left out where it cannot be built.
build_floor() {
  make --quiet --directory bench 2>/dev/null || echo "note: no floor to compare with: bench/floor.c needs gcc, make, libssl-dev and libsodium-dev" >&2
}

arguments=() is_dry=
while [ $# -gt 0 ]; do
  case $1 in
    --dry) is_dry=1 arguments+=("$1") ;;
    --write) case ${2:-} in '' | -*) arguments+=(--write docs/performance.md) ;; *) arguments+=("$1" "$2"); shift ;; esac ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

install_packages gcc make libc6-dev libssl-dev libsodium-dev libsodium23 libipsec-mb1
# A dry bench shows that the bench works; other people's servers are not fetched for it.
[ -n "$is_dry" ] || install_packages mumble-server rtpengine-daemon
build_floor
build_quietly src/VoiceCluster.Node
build_quietly src/VoiceCluster.LoadGen
build_quietly tests/VoiceCluster.Fuzz
# Twenty thousand WebSockets need as many descriptors at both ends; root may have more than it is given.
ulimit -Hn 65536 2>/dev/null || true
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
command=("$DOTNET" src/VoiceCluster.LoadGen/bin/Release/net10.0/VoiceCluster.LoadGen.dll bench "${arguments[@]}")

# A network of its own: no firewall rules of this machine on the path, and nobody else's datagrams in the kernel's count.
if [ "$(id -u)" -eq 0 ] && command -v unshare >/dev/null && command -v ip >/dev/null && unshare --net true 2>/dev/null; then
  exec unshare --net sh -c 'ip link set lo up && exec "$@"' sh "${command[@]}"
fi
exec "${command[@]}"
