import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { PAHO_CLIENT } from "../support/paho.ts";
import { STOCK_CLIENTS } from "../support/stock-clients.ts";
import { suiteWith } from "../support/suite-with.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

/* After an orderly stop, stock clients reconnect by themselves to another node at the same address. */

async function comesBack(start: (node: MqttTestEndpoint, token: string) => () => unknown): Promise<void> {
  await using first = await startMqttEndpoint();
  const stopClient = start(first, await first.register("d1"));
  try {
    await eventually(() => expect(first.sessions.get("d1")).toBeDefined());
    await first.stop();
    await using next = await startMqttEndpoint({ beside: first.backbone, gateway: "gateway-2", port: first.port });
    await eventually(() => expect(next.sessions.get("d1")).toBeDefined());
  } finally {
    await stopClient();
  }
}

function program(name: string, args: readonly string[]): () => void {
  const child: ChildProcess = spawn(name, args, { stdio: "ignore" });
  return () => void child.kill("SIGKILL");
}

function compiled(source: string, library: string, run: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-client-"));
  const path = join(folder, "client");
  writeFileSync(`${path}.c`, source);
  execFileSync("cc", ["-o", path, `${path}.c`, `-l${library}`]);
  return run(path).finally(() => rmSync(folder, { recursive: true, force: true }));
}

describe("after an orderly stop of its node", () => {
  it.each([4, 5] as const)("MQTT.js reconnects, at level %i", async (protocolVersion) => {
    await comesBack((node, password) => {
      const client = mqtt.connect(node.url, { clientId: "d1", username: "d1", password, protocolVersion });
      return () => client.endAsync(true);
    });
  });

  it.each(STOCK_CLIENTS)("rpc-websockets %s reconnects", async (_version, newClient) => {
    await using first = await startWebSocketEndpoint();
    const client = newClient(first.urlOf("d1", await first.register("d1")));
    await eventually(() => expect(first.sessions.get("d1")).toBeDefined());
    await first.stop();
    await using next = await startWebSocketEndpoint({ beside: first.backbone, gateway: "gateway-2", port: first.port });
    await eventually(() => expect(next.sessions.get("d1")).toBeDefined());
    client.close();
  });
});

suiteWith("mosquitto", "after an orderly stop of its node, mosquitto_sub comes back", () => {
  it.each(["mqttv31", "mqttv311", "mqttv5"])("in %s", async (version) => {
    await comesBack((node, token) =>
      program("mosquitto_sub", [
        "-V",
        version,
        "-h",
        "127.0.0.1",
        "-p",
        `${node.port}`,
        "-i",
        "d1",
        "-u",
        "d1",
        "-P",
        token,
        "-t",
        "me/#",
      ]),
    );
  });
});

const LIBMOSQUITTO = `
#include <mosquitto.h>
#include <stdlib.h>
int main(int count, char **args) {
  mosquitto_lib_init();
  struct mosquitto *client = mosquitto_new("d1", 1, NULL);
  mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  mosquitto_username_pw_set(client, "d1", args[2]);
  if (mosquitto_connect(client, "127.0.0.1", atoi(args[1]), 30) != MOSQ_ERR_SUCCESS) return 1;
  return mosquitto_loop_forever(client, -1, 1);
}`;

suiteWith("libmosquitto", "after an orderly stop of its node, a program of libmosquitto", () => {
  it("reconnects in MQTT 5", () =>
    compiled(LIBMOSQUITTO, "mosquitto", (path) => comesBack((node, token) => program(path, [`${node.port}`, token]))));
});

const PAHO_C = `
#include <MQTTAsync.h>
#include <stdio.h>
#include <unistd.h>
int main(int count, char **args) {
  char url[64];
  snprintf(url, sizeof url, "tcp://127.0.0.1:%s", args[1]);
  MQTTAsync client;
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
  MQTTAsync_createWithOptions(&client, url, "d1", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
  MQTTAsync_connectOptions connecting = MQTTAsync_connectOptions_initializer5;
  connecting.automaticReconnect = 1;
  connecting.minRetryInterval = 1;
  connecting.maxRetryInterval = 2;
  connecting.username = "d1";
  connecting.password = args[2];
  if (MQTTAsync_connect(client, &connecting) != MQTTASYNC_SUCCESS) return 1;
  for (;;) pause();
}`;

suiteWith("paho-c", "after an orderly stop of its node, a program of paho C", () => {
  it("reconnects in MQTT 5", () =>
    compiled(PAHO_C, "paho-mqtt3a", (path) => comesBack((node, token) => program(path, [`${node.port}`, token]))));
});

const PAHO_PYTHON = `${PAHO_CLIENT}
import sys
client = new_client(client_id="d1", protocol=int(sys.argv[3]))
client.username_pw_set("d1", sys.argv[2])
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_forever()`;

suiteWith("paho-python", "after an orderly stop of its node, a program of paho for Python comes back", () => {
  it.each([4, 5])("at level %i", (level) =>
    comesBack((node, token) => program("python3", ["-c", PAHO_PYTHON, `${node.port}`, token, `${level}`])),
  );
});
