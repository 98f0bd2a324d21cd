#!/bin/sh
# Runs one process of the product as its own user, in its own view of the file system. Called by confine.mjs, as root,
# in a mount namespace that nobody else is in:
#   confine.sh STAGE UID GID UMASK CWD [--cover FOLDER | --ro PATH | --rw PATH]... -- PROGRAM [ARGUMENT]...
# --cover puts an empty folder over one that other users may not walk through; --ro and --rw put a path back where it
# was. They come parents first. Nothing that is mounted here is seen outside, and all of it ends with the process.
set -eu
umask 022
stage=$1 uid=$2 gid=$3 mask=$4 cwd=$5
shift 5

# The file systems of workstations stay out: a mount that is held here would outlive the workstation's own.
while read -r _ point type _; do
  case "$type:$point" in
    overlay:/) ;;
    overlay:* | nsfs:* | *:/run/nightgate/*) umount -l "$point" 2>/dev/null || true ;;
  esac
done </proc/self/mounts

mount -t tmpfs -o mode=0700,size=1m,nosuid,nodev tmpfs "$stage"

# First each path is taken aside, because a cover hides it.
count=0
put_aside() {
  count=$((count + 1))
  if [ -d "$1" ]; then mkdir "$stage/$count"; else : >"$stage/$count"; fi
  mount --rbind "$1" "$stage/$count"
}
kind=
for word in "$@"; do
  case "$kind:$word" in
    :--) break ;;
    :*) kind=$word ;;
    *) case "$kind" in --ro | --rw) put_aside "$word" ;; esac; kind= ;;
  esac
done

count=0
put_back() {
  count=$((count + 1))
  if [ -d "$stage/$count" ]; then mkdir -p "$1"; elif [ ! -e "$1" ]; then mkdir -p "${1%/*}"; : >"$1"; fi
  mount --move "$stage/$count" "$1"
  [ "$2" = --rw ] || mount -o remount,bind,ro,nosuid,nodev "$1"
}
while [ "$1" != -- ]; do
  case "$1" in
    --cover) mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev tmpfs "$2" ;;
    *) put_back "$2" "$1" ;;
  esac
  shift 2
done
shift
umount "$stage"

cd "$cwd"
umask "$mask"
# No core file, no groups, no capability, and no program that would give one back.
ulimit -c 0
exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs \
  --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- "$@"
