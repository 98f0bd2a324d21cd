#!/bin/sh
# triage (amygdala's check): is there anything that needs a model's judgement before the night goes on? Seconds, and no tokens.
# Its last line is the outcome: GREEN goes on without a model, YELLOW and RED wake amygdala.
set -u
outcome=GREEN
say() { printf '%s\n' "$1"; }
raise() {
  say "$2"
  if [ "$1" = RED ] || [ "$outcome" = GREEN ]; then outcome=$1; fi
}

# Room on the disk.
used=$(df -P "${HOME:-/}" | awk 'NR == 2 { sub("%", "", $5); print $5 }')
if [ "${used:-0}" -ge 95 ]; then
  raise RED "The disk is ${used} % full."
elif [ "${used:-0}" -ge 85 ]; then
  raise YELLOW "The disk is ${used} % full."
fi

# What others have left for tonight: one line each.
if [ -s alerts.txt ]; then
  raise RED "Alerts were left for tonight:"
  head -n 50 alerts.txt
fi

# Work that was begun and never committed, in any repository of this workstation.
for git in "${HOME:-/nowhere}"/work/*/.git; do
  [ -e "$git" ] || continue
  repository=${git%/.git}
  count=$(git -C "$repository" status --porcelain 2> /dev/null | wc -l)
  if [ "$count" -gt 200 ]; then raise YELLOW "$repository has $count files that are not committed."; fi
done

if [ "$outcome" = GREEN ]; then say "Nothing needs attention."; fi
printf '{"outcome": "%s"}\n' "$outcome"
