#!/bin/sh
# An operator's calls. usage: operator.sh register <device id> | command <device id> <name> [<params as JSON>]
# FLEETLOG_TOKEN is the operator's token, FLEETLOG_URL says where the gateway is.
set -eu
url=${FLEETLOG_URL:-http://127.0.0.1:8080}
api() { curl --silent --show-error --fail-with-body -H "Authorization: Bearer $FLEETLOG_TOKEN" -H "Content-Type: application/json" "$@"; }

case $1 in
  register) api -d "{\"id\":\"$2\"}" "$url/api/devices" | sed 's/.*"token":"\([^"]*\)".*/\1/' ;;
  command) api -d "{\"name\":\"$3\",\"params\":${4:-null}}" "$url/api/devices/$2/commands?wait=30s" ;;
esac
