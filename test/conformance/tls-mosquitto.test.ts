import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Authority, type Issued } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { suiteWith } from "../support/suite-with.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

let directory: string;
let node: TlsGateway;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fleetlog-device-"));
  node = await startTlsGateway();
  await node.api.register("pump-1");
  await writeFile(join(directory, "ca.pem"), node.authority.cert);
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function publish({ cert, key }: Issued, version: string): Promise<{ code: number; output: string }> {
  await writeFile(join(directory, "cert.pem"), cert);
  await writeFile(join(directory, "key.pem"), key);
  const to = ["-h", "127.0.0.1", "-p", `${node.gateway.mqttsPort}`, "-V", version, "-i", "pump-1", "-q", "1"];
  const tls = ["--cafile", "ca.pem", "--cert", "cert.pem", "--key", "key.pem"];
  const report = ["-t", "me/telemetry", "-m", JSON.stringify({ data: { version } })];
  return await new Promise((resolve) =>
    execFile("mosquitto_pub", [...to, ...tls, ...report], { cwd: directory }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    ),
  );
}

suiteWith("mosquitto", "mosquitto_pub --cert", () => {
  it.each(["mqttv31", "mqttv311", "mqttv5"])("reports in %s without user name and password", async (version) => {
    const own = node.authority.issue({ names: ["pump-1"] });
    expect(await publish(own, version)).toEqual({ code: 0, output: "" });
    await eventually(async () => {
      const { body } = await node.api.call("GET", "/api/devices/pump-1/events?category=telemetry&order=desc&limit=1");
      expect(body).toMatchObject({ items: [{ data: { data: { version } } }] });
    });
  });

  it.each(["mqttv311", "mqttv5"])("reports a refused certificate in %s", async (version) => {
    const { code, output } = await publish(new Authority().issue({ names: ["pump-1"] }), version);
    expect(code).not.toBe(0);
    expect(output).toMatch(/not authori[sz]ed/i);
  });
});
