# shellcheck shell=bash
# Sourced by deploy/up and tests/run: what they need of the machine, packages, the build. Expects the working directory
# to be the source tree.

need_memory_mb=2000
need_disk_mb=4000

free_memory_mb() { awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo; }
free_disk_mb() { df -Pm . | awk 'NR == 2 { print $4 }'; }

# How many compilers fit: 1.5 GB each, no more than there are processors (and no more than a container may use).
jobs_that_fit() {
  local by_memory processors limit
  processors=$(nproc)
  by_memory=$(( $(free_memory_mb) / 1500 ))
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [ "$limit" != max ] && [ $(( limit / 1500000000 )) -lt "$by_memory" ]; then by_memory=$(( limit / 1500000000 )); fi
  if [ "$by_memory" -lt 1 ]; then by_memory=1; fi
  if [ "$by_memory" -lt "$processors" ]; then echo "$by_memory"; else echo "$processors"; fi
}

say_needs() {
  local memory disk
  memory=$(free_memory_mb)
  disk=$(free_disk_mb)
  echo "Leadyard needs $((need_memory_mb / 1000)) GB of memory (free: $memory MB), $((need_disk_mb / 1000)) GB of disk (free: $disk MB),"
  echo "about 5 minutes the first time on 2 cores and 20 seconds from then on."
  if [ "$disk" -lt $need_disk_mb ] && [ ! -d build/release ]; then
    echo "Not enough disk here; free some, or move the tree." >&2
    exit 1
  fi
  if [ "$memory" -lt $need_memory_mb ]; then echo "Little memory: the build will use one compiler and take longer." >&2; fi
}

# Packages under the headings of deploy/packages.txt that are not installed.
missing_packages() {
  local heading wanted=0 line
  while read -r line; do
    case $line in
      '#'*)
        wanted=0
        for heading in "$@"; do case $line in *"$heading"*) wanted=1 ;; esac; done ;;
      '') ;;
      # Whoever has it from elsewhere keeps it: Debian's package would take its place.
      npm|nodejs) if [ $wanted = 1 ] && ! command -v "${line%js}" > /dev/null; then echo "$line"; fi ;;
      *)
        if [ $wanted = 1 ] && ! dpkg-query -W -f '${Status}' "$line" 2>/dev/null | grep -q 'ok installed'; then echo "$line"; fi ;;
    esac
  done < deploy/packages.txt
}

# As root, or through sudo.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Runs apt in a way that starts no service: a package that brings a server would start it, and PostgreSQL's would make a
# cluster on port 5432. What is put in place for that is taken away again; what was there before stays.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d made_policy=0 postgres_config='' fresh_servers=() server code=0
  for server in postgresql rabbitmq-server dovecot; do
    # As long as the server is not installed, its unit is ours to leave disabled.
    if [ ! -e "/lib/systemd/system/$server.service" ]; then fresh_servers+=("$server"); fi
  done
  # Ctrl-C still runs the lines after apt.
  trap 'code=130' INT TERM
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\n# put here by deploy/up for the time of one installation\nexit 101\n' | as_root tee $policy > /dev/null
    as_root chmod 755 $policy
    made_policy=1
  fi
  if ! dpkg-query -W -f '${Status}' postgresql-15 2>/dev/null | grep -q 'ok installed'; then
    postgres_config=/etc/postgresql-common/createcluster.d/leadyard.conf
    as_root mkdir -p "${postgres_config%/*}"
    echo 'create_main_cluster = false' | as_root tee $postgres_config > /dev/null
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q || code=$?
  if [ "$code" = 0 ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" || code=$?
  fi
  if [ $made_policy = 1 ]; then as_root rm -f $policy; fi
  if [ -n "$postgres_config" ]; then as_root rm -f $postgres_config; fi
  if [ -d /run/systemd/system ]; then
    for server in "${fresh_servers[@]}"; do as_root systemctl disable -q "$server" 2>/dev/null || true; done
  fi
  trap - INT TERM
  return "$code"
}

# install_packages HEADING...: of deploy/packages.txt, what is missing.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} = 0 ]; then return; fi
  echo "Missing packages: ${missing[*]}"
  if [ "$(id -u)" != 0 ] && ! { command -v sudo > /dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; then
    echo "Installing them needs root. Run this as root, then start again:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  install_quietly "${missing[@]}"
}

# build DIRECTORY [TARGET...] -- [CMAKE OPTION...]
build() {
  local directory=$1 targets=() jobs
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do targets+=("$1"); shift; done
  if [ $# -gt 0 ]; then shift; fi
  jobs=$(jobs_that_fit)
  mkdir -p "$directory"
  if ! cmake -S . -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON "$@" > "$directory/configure.log" 2>&1; then
    cat "$directory/configure.log" >&2
    exit 1
  fi
  echo "Building in $directory with $jobs compilers"
  # One line that counts on a terminal; a tenth of the lines in a log.
  if [ -t 1 ]; then
    NINJA_STATUS='  [%f/%t, %es] ' ninja -C "$directory" -j "$jobs" "${targets[@]}"
  else
    NINJA_STATUS='  [%f/%t, %es] ' ninja -C "$directory" -j "$jobs" "${targets[@]}" |
      awk '!/^  \[/ || /FAILED/ || ++n % 25 == 1 { print; fflush() }'
  fi
}
