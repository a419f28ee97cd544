#!/bin/sh
# Copies the settings into the volume at the first start; from then on the agent uses and changes the copies. settings.json is
# copied last, so a container that is killed meanwhile copies everything again.
set -eu
umask 077
given=/run/settings
kept=/var/lib/fleetlog

# copy <file> <its place>
copy() {
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.new"
  sync
  mv -f "$2.new" "$2"
}

if [ ! -f "$kept/settings.json" ]; then
  if [ -f "$given/identity.json" ]; then copy "$given/identity.json" "$kept/fleetlog-agent/identity.json"; fi
  copy "$given/settings.json" "$kept/settings.json"
fi
exec node /opt/fleetlog/agent/fleetlog-agent.mjs "$kept/settings.json"
