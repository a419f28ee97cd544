#!/bin/sh
# A device: one report, then commands. usage: device.sh <device id>
# FLEETLOG_DEVICE_TOKEN is its token, FLEETLOG_HOST and FLEETLOG_MQTT_PORT say where the gateway is.
set -eu
device=$1
connection="-h ${FLEETLOG_HOST:-127.0.0.1} -p ${FLEETLOG_MQTT_PORT:-1883} -V mqttv5 -q 1"

# A device has one connection at a time: mosquitto_pub would replace mosquitto_sub. So answers are sent between two waits for
# commands. The gateway keeps the session for an hour, and delivers commands that were issued meanwhile at the next wait.
login() { "$@" $connection -i "$device" -u "$device" -P "$FLEETLOG_DEVICE_TOKEN"; }

load=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo 0)
login mosquitto_pub -t me/profile -m '{"model":"shell","firmware":"1","commands":[{"name":"blink","title":"Blink"}]}'
login mosquitto_pub -t me/telemetry -m "{\"data\":{\"load\":$load}}"

while :; do
  # Waits for one command; after a failure it tries again in a while.
  topic=$(login mosquitto_sub -c -x 3600 -t me/command/+ -C 1 -F '%t') || { sleep 5; continue; }
  echo "command on $topic"
  login mosquitto_pub -t "$topic/result" -m '{"ok":true,"result":{"did":"it"}}'
done
