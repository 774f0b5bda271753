# Shared by the system tests: a scratch folder, mounts and servers that are always undone, one verdict at the end.
#
# A test is an executable in this folder that sources this file, prints lines, and exits 0 (passed), 77 (skipped, the
# last line says why) or anything else (failed). It gets FULL=yes for the long run. LEAT names the program, by default
# the launcher of this checkout.
# shellcheck shell=bash
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LEAT=${LEAT:-$(dirname "$here")/leat}
FULL=${FULL:-}
W=$(mktemp -d "${TMPDIR:-/tmp}/leat-test.XXXXXX")
chmod 755 "$W"
MOUNTS=()
PIDS=()
DATA_DIRS=()

RUNNING=

unmount_all() {
  local m p h
  # Everything that a test mounts lies in its scratch folder: what the list missed is found there.
  while read -r m; do MOUNTS+=("$m"); done < <(awk -v w="$W/" 'index($5, w) == 1 { print $5 }' /proc/self/mountinfo)
  for m in "${MOUNTS[@]}"; do
    mountpoint -q "$m" 2>/dev/null || stat "$m" 2>&1 | grep -q 'not connected' || continue
    p=$(daemon "$m")
    h=$(field "$m" holder)
    timeout 60 "$LEAT" umount "$m" >/dev/null 2>&1 && continue
    # The holder first, or it would start another one.
    for p in $h $p; do kill -9 "$p" 2>/dev/null; done
    umount -l "$m" 2>/dev/null
  done
}

cleanup() {
  local p d
  trap - EXIT
  # Whoever is impatient and asks again must not end this halfway.
  trap : INT TERM HUP
  [ -z "$RUNNING" ] || { kill "$RUNNING" 2>/dev/null && wait "$RUNNING"; } 2>/dev/null
  unmount_all
  for p in "${PIDS[@]}"; do
    kill "$p" 2>/dev/null || continue
    for _ in $(seq 50); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$p" 2>/dev/null
  done
  # A mount that was being made when the test ended.
  unmount_all
  for d in "${DATA_DIRS[@]}"; do rm -rf "$d"; done
  if grep -q " $W/" /proc/self/mountinfo; then
    echo "left in place, since something is mounted in it: $W" >&2
  elif [ -n "${KEEP:-}" ]; then
    echo "kept: $W" >&2
  else
    rm -rf "$W"
  fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
  printf '%s\n' "$*"
  exit 1
}

# skip WHY: this machine lacks something. Under CI=true the runner counts it as a failure.
skip() {
  printf '%s\n' "$*"
  exit 77
}

# beside COMMAND…: runs a command that takes long. The shell hears a signal when the command in the foreground is over, so it
# only waits for this one, and ends it with all that it has started when it is told to end itself.
beside() {
  local status
  timeout 0 "$@" <&0 &
  RUNNING=$!
  wait "$RUNNING"
  status=$?
  RUNNING=
  return $status
}

need_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }
need() { command -v "$1" >/dev/null || skip "needs $1"; }

# field MOUNTPOINT NAME: one fact of `leat status --json`, empty if there is none.
field() {
  timeout 60 "$LEAT" status --json "$1" 2>/dev/null |
    python3 -c 'import json,sys; v=json.load(sys.stdin).get(sys.argv[1]); print("" if v is None else v)' "$2" 2>/dev/null
}
daemon() { field "$1" pid; }

# A free port that nobody gets by chance: outside the range from which the kernel serves those who ask for any, as clients do.
free_port() {
  python3 -c '
import random, socket
low, high = map(int, open("/proc/sys/net/ipv4/ip_local_port_range").read().split())
for port in [p for p in random.sample(range(10000, 65536), 1000) if not low <= p <= high] + [0]:
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(s.getsockname()[1])
        break
'
}

# wait_until SECONDS COMMAND…: repeats the command until it succeeds.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt "$end" ] || return 1
    sleep 0.05
  done
}

# Servers: each sets its URL (without the volume) in a variable, so that the pid is known to this shell.

REDIS_PORT=
start_redis() {
  [ -z "$REDIS_PORT" ] || return 0
  need redis-server
  REDIS_PORT=$(free_port)
  mkdir -p "$W/redis"
  redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --dir "$W/redis" --appendonly yes --appendfsync always --save '' >"$W/redis/log" 2>&1 &
  PIDS+=($!)
  wait_until 120 redis-cli -p "$REDIS_PORT" ping || fail "redis-server does not start: $(tail -1 "$W/redis/log")"
}

PG_PORT=
start_postgres() {
  local bin user data pid
  [ -z "$PG_PORT" ] || return 0
  need_root
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$bin" ] || bin=$(dirname "$(command -v initdb 2>/dev/null)" 2>/dev/null)
  [ -x "$bin/initdb" ] || skip "needs PostgreSQL"
  user=postgres
  id -u postgres >/dev/null 2>&1 || user=nobody
  data=$(mktemp -d /tmp/leat-test-pg.XXXXXX)
  DATA_DIRS+=("$data")
  chown "$user" "$data"
  PG_PORT=$(free_port)
  (cd "$data" && setpriv --reuid "$user" --clear-groups "$bin/initdb" -D "$data/db" -U leat -A trust --no-sync) >"$W/initdb.log" 2>&1 || fail "initdb: $(tail -1 "$W/initdb.log")"
  (cd "$data" && exec setpriv --reuid "$user" --clear-groups "$bin/postgres" -D "$data/db" -p "$PG_PORT" -k "$data" -c listen_addresses=127.0.0.1 -c max_connections=200) >"$W/postgres.log" 2>&1 &
  pid=$!
  PIDS+=("$pid")
  PG_DIR=$data
  PG_BIN=$bin
  wait_until 120 "$bin/pg_isready" -q -h "$data" -p "$PG_PORT" || fail "PostgreSQL does not start: $(tail -1 "$W/postgres.log")"
}

# url ENGINE NAME: sets URL to a volume of that name on the engine, which is started when it is first needed.
declare -A REDIS_DB=()
url() {
  case $1 in
    sqlite) URL=sqlite://$W/$2.db ;;
    redis)
      start_redis
      [ -n "${REDIS_DB[$2]:-}" ] || REDIS_DB[$2]=${#REDIS_DB[@]}
      URL=redis://127.0.0.1:$REDIS_PORT/${REDIS_DB[$2]}
      ;;
    postgres)
      start_postgres
      "$PG_BIN/psql" -q -h "$PG_DIR" -p "$PG_PORT" -U leat -d postgres -Atc "select 1 from pg_database where datname = '$2'" | grep -q 1 ||
        "$PG_BIN/createdb" -h "$PG_DIR" -p "$PG_PORT" -U leat "$2" || fail "createdb failed"
      URL=postgres://leat@127.0.0.1:$PG_PORT/$2
      ;;
    *) fail "no engine $1" ;;
  esac
}

# volume ENGINE NAME [mount options]: a new volume, mounted at $W/NAME. Sets URL. FORMAT holds further format options, at first
# those in the environment as FORMAT_OPTIONS: FORMAT_OPTIONS="--compress zstd" tests/crash.
# shellcheck disable=SC2206
FORMAT=(${FORMAT_OPTIONS:-})
volume() {
  url "$1" "$2"
  "$LEAT" format "$URL" --store "file://$W/$2.store" "${FORMAT[@]}" >"$W/$2.format.log" 2>&1 || fail "format failed: $(tail -1 "$W/$2.format.log")"
  remount "$URL" "$2" "${@:3}"
}

# remount URL NAME [mount options]: mounts at $W/NAME with a cache of that name.
remount() {
  mkdir -p "$W/$2"
  MOUNTS+=("$W/$2")
  timeout 120 "$LEAT" mount "$1" "$W/$2" --cache-dir "$W/$2.cache" --cache-size 4GiB "${@:3}" >"$W/$2.mount.log" 2>&1 || fail "mount failed: $(tail -1 "$W/$2.mount.log")"
  mountpoint -q "$W/$2" || fail "mount returned before $2 was mounted"
}

umounted() { timeout 120 "$LEAT" umount "$W/$1" >"$W/$1.umount.log" 2>&1 || fail "umount failed: $(tail -1 "$W/$1.umount.log")"; }

# has_command NAME: whether this build knows a command.
has_command() { "$LEAT" "$1" --help 2>/dev/null | grep -q "^Usage: leat $1"; }
