import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IdentityFiles, identityFile, provision } from "@fleetlog/agent";
import { startViews } from "@fleetlog/projections/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRequest } from "../support/provisioning.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

const AUTO = { FLEETLOG_TLS: "auto", FLEETLOG_TLS_CERT: "", FLEETLOG_TLS_KEY: "", FLEETLOG_TLS_CLIENT_CA: "" };

let folder: string;
let node: TlsGateway;
let ca: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-provisioning-"));
  node = await startTlsGateway({ env: AUTO });
  await startViews(node.backbone);
  ca = await (await fetch(`http://127.0.0.1:${node.gateway.httpPort}/api/authority`)).text();
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.each(["mqtt", "websocket"] as const)("an agent that asks for a certificate, over %s", (protocol) => {
  it("makes its key itself, and logs in with the certificate that it gets", async () => {
    const [newcomer, device] = [`newcomer-${protocol}`, `pump-${protocol}`];
    const { password } = await createRequest(node.api, newcomer, { device: { id: device } });
    const data = join(folder, device);
    let marked = 0;
    const identity = await provision({
      settings: {
        ...{ enabled: true, provisioned: false, caAuthentication: true, accountName: "provision" },
        brokerUrl: protocol === "mqtt" ? node.mqtts : `wss://${node.https}/device`,
        ...{ username: `user-${newcomer}`, password, activationKey: undefined, clientId: newcomer },
        ...{ timeoutMs: 30_000, retryIntervalMs: 1_000, retryMaxAttempts: 0, proxy: undefined, ca, certificate: true },
        ...{ model: "M-1", serial: "1", data },
      },
      onProvisioned: () => marked++,
    });
    expect(identity).toEqual({ device, url: expect.any(String), request: expect.any(String) });
    expect(marked).toBe(1);
    const file = new IdentityFiles(data).certificateFile;
    const { cert, key } = identityFile(file).current;
    const certificate = new X509Certificate(cert);
    expect(certificate.subject).toBe(`CN=${device}`);
    const { body } = await node.api.call<{ items: unknown[] }>("GET", `/api/devices/${device}/certificates`);
    expect(body.items).toEqual([expect.objectContaining({ serial: certificate.serialNumber.toLowerCase() })]);
    const events = await node.api.events(device);
    expect(events.find(({ type }) => type === "SessionOpened")?.data).toMatchObject({
      credential: { by: "certificate", serial: certificate.serialNumber.toLowerCase() },
    });
    expect(existsSync(join(data, "key.pem"))).toBe(false);
    const secret = key.split("\n")[1] ?? "";
    expect(await readFile(file, "utf8")).toContain(secret);
    for (const stream of ["FLEET", "ACCESS"] as const)
      for await (const event of node.backbone.log.read({ stream })) expect(JSON.stringify(event)).not.toContain(secret);
    expect(JSON.stringify(node.logged)).not.toContain(secret);
  });
});
