import { readFileSync } from "node:fs";
import { declarationsOf } from "@fleetlog/runtime/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownProcesses } from "../launcher/own-processes.ts";
import { type TestMachine, testMachine } from "../nats-server/find/testing.ts";
import { COMPOSE_FILE, findCompose } from "./compose.ts";
import { officialImage } from "./nats-image.ts";

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine.remove());

describe("findCompose", () => {
  it("finds the client's plugin, else the program docker-compose", () => {
    const program = machine.program("docker-compose", "echo 1.29.2");
    expect(findCompose(machine.env, [])).toEqual({ command: [program], version: "1.29.2" });
    const client = machine.program("docker", '[ "$1" = compose ] && echo 2.40.3');
    expect(findCompose(machine.env, [])).toEqual({ command: [client, "compose"], version: "2.40.3" });
  });

  it("finds nothing if neither the plugin nor the program works", () => {
    machine.program("docker", "echo unknown command; exit 1");
    machine.program("docker-compose", "exit 1");
    expect(findCompose(machine.env, [])).toBeUndefined();
  });
});

it("compose.yaml runs the version of nats-server that npm start runs", () => {
  expect(readFileSync(COMPOSE_FILE, "utf8")).toContain(`image: \${NATS_IMAGE:-${officialImage()}}`);
});

it("compose.yaml gives the installation key to the services whose programs read it, and to no others", () => {
  const services = readFileSync(COMPOSE_FILE, "utf8").split(/^ {2}(?=\S+:$)/m);
  const sourceOf = (name: string) => services.find((service) => service.startsWith(`${name}:\n`)) ?? "";
  for (const { name, settings } of ownProcesses) {
    const lines = sourceOf(name).split("\n");
    expect(lines.length, name).toBeGreaterThan(5);
    const needsKey = declarationsOf(settings).has("installationKey");
    for (const line of [
      "      FLEETLOG_INSTALLATION_KEY_FILE: /run/secrets/installation-key",
      "    secrets: [installation-key]",
    ])
      expect(lines.includes(line), `${name}:${line}`).toBe(needsKey);
  }
});
