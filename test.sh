#!/usr/bin/env bash
# Installs what the tests need where that is possible, builds everything, runs every test, and ends with "N passed, N failed, N skipped".
# What cannot be installed is not a failure: the tests that need it skip themselves and say why.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./deploy/dotnet-env.sh
. ./deploy/packages.sh

# The clients' own libraries, exactly as locked.
install_clients() {
  local folder
  for folder in tests/clients tests/clients/*/; do
    [ -f "$folder/package.json" ] && [ ! -d "$folder/node_modules" ] && command -v npm >/dev/null || continue
    local how=install
    [ -f "$folder/package-lock.json" ] && how=ci
    timeout 180 npm "$how" --prefix "$folder" --no-audit --no-fund --loglevel=error >/dev/null ||
      echo "note: could not install the packages of $folder; tests that need them will skip" >&2
  done
}

# libsodium for four of the seven encryption modes, intel-ipsec-mb for the fast packet path, PostgreSQL for the cluster's store, HAProxy in front of a
# cluster, node for the real clients, which may have come from elsewhere than the package.
install_packages libsodium23 libipsec-mb1 postgresql-15 haproxy
command -v node >/dev/null && command -v npm >/dev/null || install_packages nodejs npm
install_clients

# A build that fails, or files that are not formatted, count as the one failure there is.
give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}

"$DOTNET" build VoiceCluster.sln --configuration Release --verbosity quiet || give_up "The build failed."
"$DOTNET" format VoiceCluster.sln --verify-no-changes --no-restore || give_up "Files are not formatted: run dotnet format."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
# One project after the other: the end-to-end tests need the machine to themselves.
timeout 780 "$DOTNET" test VoiceCluster.sln --configuration Release --no-build -m:1 --logger trx --results-directory "$results" --blame-hang-timeout 5m
status=$?

# A short look with random input, at every parser and at a live node; docs/testing.md has the long one.
fuzz=0
for target in all live; do
  timeout 120 "$DOTNET" tests/VoiceCluster.Fuzz/bin/Release/net10.0/VoiceCluster.Fuzz.dll --seconds 5 --target "$target" || fuzz=1
done

# The whole bench, tiny and not judged: it must keep working, also where there is no gcc.
bench=0
timeout 300 ./bench.sh --dry >"$results/bench.txt" 2>&1 || { bench=1 && cat "$results/bench.txt"; }

# The counters of every project's result file, added up.
count() { cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(($(count total) + fuzz + bench)) passed=$(count passed) failed=$(($(count failed) + fuzz + bench))
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
