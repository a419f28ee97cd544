import { afterEach, beforeEach, expect, it } from "vitest";
import { serverScript, type TestMachine, testMachine } from "../nats-server/find/testing.ts";
import { oldServer } from "./old-server.ts";

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine.remove());

const find = () => oldServer(machine.folder, machine.env, []);

function debianPackage(version: string): void {
  machine.program("apt-get", `[ "$2 $3" = "download nats-server" ] && touch nats-server_${version}_amd64.deb`);
  machine.program(
    "dpkg-deb",
    `[ "$1 $2" = "-x nats-server_${version}_amd64.deb" ] && mkdir -p usr/sbin &&
printf '#!/bin/sh\\n%s\\n' '${serverScript(version)}' > usr/sbin/nats-server && chmod 755 usr/sbin/nats-server`,
  );
}

it("finds the installed nats-server if it is old", async () => {
  const path = machine.program("nats-server", serverScript("2.9.10"));
  expect(await find()).toEqual({ path, version: "2.9.10" });
});

it("unpacks the system's package without installing it, if no old nats-server is installed", async () => {
  machine.program("nats-server", serverScript("2.15.1"));
  debianPackage("2.9.10");
  const path = `${machine.folder}/old-nats-server/usr/sbin/nats-server`;
  expect(await find()).toEqual({ path, version: "2.9.10" });
});

it("finds no server if the system's package is new, too, or can't be fetched", async () => {
  expect(await find()).toBeUndefined();
  debianPackage("2.12.1");
  expect(await find()).toBeUndefined();
});
