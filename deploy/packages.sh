# Sourced by test.sh and bench.sh.

# Installs the Debian packages of these names that are missing, if root may; says what is not there afterwards. No daemon that one of them brings is
# started, and PostgreSQL makes no database of the system's: tests and benches start servers of their own.
install_packages() {
  local missing=() package
  command -v dpkg-query >/dev/null || return 0
  for package in "$@"; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "note: not installed: ${missing[*]}; what needs them is left out" >&2
    return 0
  fi
  (
    keep_daemons_stopped
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null 2>&1 || true
    for package in "${missing[@]}"; do
      apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || echo "note: could not install $package; what needs it is left out" >&2
    done
  )
}

# Until the subshell that calls it ends.
keep_daemons_stopped() {
  local policy=/usr/sbin/policy-rc.d clusters=/etc/postgresql-common/createcluster.conf
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    trap "rm -f '$policy'" EXIT
  fi
  mkdir -p "${clusters%/*}" && touch "$clusters"
  grep -q '^create_main_cluster' "$clusters" || echo 'create_main_cluster = false' >>"$clusters"
}
