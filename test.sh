#!/usr/bin/env bash
# Builds everything, runs every test, and ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet build VoiceCluster.sln --configuration Release --verbosity quiet || exit 1
dotnet format VoiceCluster.sln --verify-no-changes --no-restore || exit 1

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
dotnet test VoiceCluster.sln --configuration Release --no-build --logger trx --results-directory "$results"

count() { cat "$results"/*.trx | grep -o "<Counters [^>]*" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | paste -sd+ | bc; }
total=$(count total) passed=$(count passed) failed=$(count failed)
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
