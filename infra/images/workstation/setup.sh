#!/bin/sh
# Runs once, as root inside the new root filesystem (in a chroot or a container), after the packages are installed.
set -eu

useradd --create-home --uid 1000 --user-group --shell /bin/bash agent
chmod 0755 /home/agent
mkdir -p /home/agent/work /home/agent/.local/bin /home/agent/.npm-global/bin
chown -R agent:agent /home/agent

# `python` and `vi` as people type them.
ln -sf python3 /usr/bin/python

# What the machine that built this said about itself stays there; the engine writes these at each start.
# (In a container they are mounts of the engine already, which cannot be removed and are not kept.)
rm -f /etc/hostname 2>/dev/null || true
: > /etc/resolv.conf

# No setuid programs: no-new-privileges makes them useless, so they are only something to attack.
find / -xdev -perm /6000 -type f -exec chmod a-s {} +

rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*.log /var/log/apt /root/.cache /tmp/* /var/tmp/*
mkdir -p /var/log/apt
