# Sourced by the scripts at the root: finds the SDK and builds without noise.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

find_dotnet() {
  local candidate
  for candidate in "$(command -v dotnet || true)" "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  echo "The .NET 10 SDK is not installed, or not found. Install it, or set DOTNET_ROOT to its directory." >&2
  exit 1
}

# Restores and builds one project, with further arguments for the build; says nothing unless it fails.
build_quietly() {
  local log
  log=$(mktemp)
  if ! "$DOTNET" build "$@" --configuration Release --verbosity quiet >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}

DOTNET=$(find_dotnet) || exit 1
