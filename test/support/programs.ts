import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findCompose, OLDER_VERSIONS } from "@fleetlog/infra/containers";
import { findChromium, findProgram } from "@fleetlog/infra/programs";

export const chromiumPath = findChromium();
export const hasChromium = chromiumPath !== undefined;

/** Names that the sample in Python uses, and older versions lack. */
const SAMPLE_NEEDS = `
from paho.mqtt.client import CallbackAPIVersion
from cryptography.x509 import Certificate
Certificate.not_valid_after_utc
`;

/** Programs that some suites need, with the reason to skip without them. */
export const optionalPrograms = {
  chromium: { found: () => hasChromium, lack: "Chromium is not installed" },
  // `npm test` builds the images first if an engine answers, or if `--start-engine` starts one.
  containers: {
    found: () => process.env.CONTAINER_IMAGE !== undefined,
    lack: process.env.WHY_NO_CONTAINERS ?? "npm test has not built the images",
  },
  olderNats: {
    found: () => OLDER_VERSIONS.every((version) => process.env.CONTAINER_OLDER_NATS_IMAGES?.includes(`"${version}"`)),
    lack: process.env.WHY_NO_CONTAINERS ?? "npm test has not built the images of older nats-servers",
  },
  compose: {
    found: () => process.env.CONTAINER_IMAGE !== undefined && findCompose() !== undefined,
    lack: process.env.WHY_NO_CONTAINERS ?? "Docker Compose is not installed, or npm test has not built the images",
  },
  strace: {
    found: () => findProgram("strace") !== undefined,
    lack: "not installed: apt-get install strace",
  },
  mosquitto: {
    found: () => findProgram("mosquitto_pub") !== undefined && findProgram("mosquitto_sub") !== undefined,
    lack: "not installed: apt-get install mosquitto-clients",
  },
  python3: { found: () => findProgram("python3") !== undefined, lack: "not installed: apt-get install python3" },
  "paho-python": {
    found: () => spawnSync("python3", ["-c", "import paho.mqtt.client"]).status === 0,
    lack: "not installed: apt-get install python3-paho-mqtt, or pip install paho-mqtt",
  },
  protoc: {
    found: () => findProgram("protoc") !== undefined,
    lack: "not installed: apt-get install protobuf-compiler",
  },
  "paho-provisioning": {
    found: () => spawnSync("python3", ["-c", SAMPLE_NEEDS]).status === 0,
    lack: "not installed, or too old: pip install 'paho-mqtt>=2' 'cryptography>=42'",
  },
  "paho-c": {
    found: () => spawnSync("cc", ["-fsyntax-only", "-include", "MQTTAsync.h", "-xc", "/dev/null"]).status === 0,
    lack: "not installed: apt-get install gcc libpaho-mqtt-dev",
  },
  libmosquitto: {
    found: () => findProgram("cc") !== undefined && existsSync("/usr/include/mosquitto.h"),
    lack: "no C compiler or headers: apt-get install gcc libmosquitto-dev",
  },
} as const;

export type OptionalProgram = keyof typeof optionalPrograms;
