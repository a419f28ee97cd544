import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { createAgent, identityFile, trustFile, writeIdentityFile } from "@fleetlog/agent";
import { connectAsync, type MqttClient } from "mqtt";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import { msUntil, withinASecond } from "../support/within-a-second.ts";

interface Issued {
  readonly serial: string;
  readonly certificate: string;
  readonly key: string;
}

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let ca: string;
let folder: string;

/** A root and an issuing authority below it, with RSA keys. */
async function givenAuthority(name: string): Promise<Record<string, string>> {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const extensions = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n";
  await writeFile(join(folder, "issuing.ext"), extensions);
  const keys = ["-newkey", "rsa:2048", "-nodes"];
  const files = ["-keyout", `${name}-root.key`, "-out", `${name}-root.pem`];
  openssl("req", "-x509", ...keys, "-days", "30", "-subj", `/CN=${name} root`, ...files);
  openssl("req", ...keys, "-subj", `/CN=${name} devices`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
  const above = ["-CA", `${name}-root.pem`, "-CAkey", `${name}-root.key`, "-CAcreateserial"];
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    ...above,
    "-days",
    "20",
    "-extfile",
    "issuing.ext",
    "-out",
    "issued.pem",
  );
  const chain = join(folder, `${name}.pem`);
  const parts = ["issued.pem", `${name}-root.pem`].map((file) => readFile(join(folder, file), "utf8"));
  await writeFile(chain, (await Promise.all(parts)).join(""));
  return { FLEETLOG_AUTHORITY_CERT: chain, FLEETLOG_AUTHORITY_KEY: join(folder, `${name}.key`) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-authorities-"));
  const tls = { FLEETLOG_TLS: "auto", FLEETLOG_HTTPS_PORT: "0", FLEETLOG_MQTTS_PORT: "0" };
  const env = { ...tls, ...(await givenAuthority("first")) };
  stack = await startStack({ gateways: 2, env });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  ca = await authorityOf(first);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function authorityOf({ api }: RunningGateway): Promise<string> {
  return (await fetch(`${api.url}/api/authority`)).text();
}

async function issued(device: string): Promise<Issued> {
  await first.api.register(device);
  return again(device);
}

async function again(device: string): Promise<Issued> {
  return (await first.api.call<Issued>("POST", `/api/devices/${device}/certificates`)).body;
}

function mqtt({ process }: RunningGateway, device: string, { certificate: cert, key }: Issued): Promise<MqttClient> {
  const options = { ca, cert, key, clientId: device, protocolVersion: 5, reconnectPeriod: 0 } as const;
  return connectAsync(`mqtts://localhost:${process.ready.mqttsPort}`, options, false);
}

async function rpc(
  { process }: RunningGateway,
  { certificate: cert, key }: Omit<Issued, "serial">,
  trusted = ca,
): Promise<Client> {
  const options = { reconnect: false, ...({ ca: trusted, cert, key } as object) };
  const client = new Client(`wss://localhost:${process.ready.httpsPort}/device`, options);
  await new Promise<void>((resolve, reject) => {
    client.on("open", resolve);
    client.on("error", reject);
  });
  return client;
}

function upgrade({ process }: RunningGateway, { certificate: cert, key }: Issued, session?: Buffer) {
  const socket = connect({
    ...{ host: "localhost", port: Number(process.ready.httpsPort), ca, cert, key, maxVersion: "TLSv1.2" },
    ...(session !== undefined && { session }),
  });
  const headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
  const nonce = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(`GET /device HTTP/1.1\r\nHost: gateway\r\n${headers}\r\n${nonce}\r\n\r\n`);
  return new Promise<{ status: string | undefined; reused: boolean; session: Buffer | undefined }>(
    (resolve, reject) => {
      socket.once("data", (answer: Buffer) => {
        const status = /^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1];
        resolve({ status, reused: socket.isSessionReused(), session: socket.getSession() });
        socket.destroy();
      });
      socket.once("error", reject);
    },
  );
}

async function expectRefused(device: string, shown: Issued): Promise<void> {
  for (const gateway of [first, second]) {
    await expect(mqtt(gateway, device, shown)).rejects.toMatchObject({ code: 0x87 });
    await expect(rpc(gateway, shown)).rejects.toThrow(/401/);
  }
}

describe("certificates on two gateways with a configured RSA authority", () => {
  it("are issued by this authority, as are the certificates of both servers", async () => {
    expect(await authorityOf(second)).toBe(ca);
    const shown = await issued("both");
    for (const gateway of [first, second]) {
      const client = await rpc(gateway, shown);
      expect(await client.call("telemetry.report", { data: { t: 1 } })).toMatchObject({ seq: expect.any(Number) });
      client.close();
    }
  });

  it("end the session on the other gateway within a second, by MQTT, when they are revoked, and are then refused", async () => {
    await first.api.register("by-mqtt");
    await withinASecond(async () => {
      const shown = await again("by-mqtt");
      const client = await mqtt(second, "by-mqtt", shown);
      const ended = new Promise<number>((resolve) =>
        client.on("disconnect", ({ reasonCode }) => resolve(reasonCode ?? 0)),
      );
      await first.api.call("DELETE", `/api/devices/by-mqtt/certificates/${shown.serial}`);
      const took = await msUntil(ended);
      expect(await ended).toBe(0x87);
      await expectRefused("by-mqtt", shown);
      return took;
    });
    await eventually(async () => {
      // The session may end before the revocation is stored.
      const closed = (await first.api.events("by-mqtt")).find(({ type }) => type === "SessionClosed");
      expect(closed).toMatchObject({ data: { reason: "certificate-ended" } });
    });
  });

  it("end the WebSocket session on the other gateway when they are revoked; a resumed TLS session is refused", async () => {
    const shown = await issued("by-rpc");
    const { session } = await upgrade(second, shown);
    expect(await upgrade(second, shown, session)).toMatchObject({ status: "101", reused: true });
    await withinASecond(async () => {
      const next = await again("by-rpc");
      const client = await rpc(second, next);
      const ended = new Promise<number>((resolve) => client.on("close", resolve));
      await first.api.call("DELETE", `/api/devices/by-rpc/certificates/${next.serial}`);
      const took = await msUntil(ended);
      expect(await ended).toBe(1008);
      return took;
    });
    await first.api.call("DELETE", `/api/devices/by-rpc/certificates/${shown.serial}`);
    expect(await upgrade(second, shown, session)).toMatchObject({ status: "401", reused: true });
    await expectRefused("by-rpc", shown);
  });

  it("end the session of a retired device, and stay revoked when its id is registered again", async () => {
    const old = await issued("phoenix");
    await withinASecond(async (attempt) => {
      const device = attempt === 1 ? "phoenix" : `phoenix-${attempt}`;
      const client = await mqtt(second, device, attempt === 1 ? old : await issued(device));
      const ended = new Promise<void>((resolve) => client.on("disconnect", () => resolve()));
      await first.api.call("DELETE", `/api/devices/${device}`);
      return msUntil(ended);
    });
    await expectRefused("phoenix", old);
    const next = await issued("phoenix");
    await expectRefused("phoenix", old);
    await (await mqtt(second, "phoenix", next)).endAsync();
    await expectRefused("phoenix", old);
  });

  it("do not end the session of the device's other certificate when they are revoked", async () => {
    const [old, kept] = [await issued("two"), await again("two")];
    const client = await rpc(second, kept);
    await first.api.call("DELETE", `/api/devices/two/certificates/${old.serial}`);
    await expectRefused("two", old);
    expect(await client.call("telemetry.report", { data: { t: 1 } })).toMatchObject({ seq: expect.any(Number) });
    client.close();
  });
});

describe("another configured authority", () => {
  const report = async (client: Client) => {
    expect(await client.call("telemetry.report", { data: { t: 1 } })).toMatchObject({ seq: expect.any(Number) });
    client.close();
  };
  const restartBoth = async (env: Record<string, string>) => {
    await Promise.all(
      [first, second].map(async (gateway) => {
        await gateway.process.stop();
        await gateway.restart(env);
      }),
    );
  };
  const agentOf = (device: string, more: object = {}) => {
    const identity = identityFile(join(folder, `${device}.pem`), {
      trust: trustFile(join(folder, `${device}.ca`), ca),
    });
    const url = `wss://localhost:${second.process.ready.httpsPort}/device`;
    return { identity, agent: createAgent({ url, device, identity, ...more }) };
  };

  it("issues the next certificates of devices, which trust it before the first authority is withdrawn", async () => {
    const [old, revoked] = [await issued("follows"), await issued("revoked")];
    await first.api.call("DELETE", `/api/devices/revoked/certificates/${revoked.serial}`);
    await first.api.register("stays");
    await restartBoth(await givenAuthority("second"));

    // The device knows only the first root.
    for (const gateway of [first, second]) await report(await rpc(gateway, old));
    await expectRefused("revoked", revoked);
    writeIdentityFile(join(folder, "follows.pem"), { cert: old.certificate, key: old.key });
    const { identity, agent } = agentOf("follows", { renewBeforeMs: 3_650 * 86_400_000, random: () => 0 });
    const renewed = new Promise<void>((resolve) => agent.once("renewed", () => resolve()));
    agent.start();
    await renewed;
    await agent.stop();
    const { cert: certificate, key, ca: roots = [] } = identity.current;
    expect([old.certificate, certificate].map((pem) => new X509Certificate(pem).issuer)).toEqual([
      "CN=first devices",
      "CN=second devices",
    ]);
    expect(roots.at(-1)?.match(/BEGIN CERTIFICATE/g)).toHaveLength(4);
    for (const gateway of [first, second]) await report(await rpc(gateway, { certificate, key }));
    await report(await rpc(second, old));
    const lists = await (await fetch(`${second.api.url}/api/authority/crl`)).text();
    expect(lists.match(/BEGIN X509 CRL/g)).toHaveLength(2);

    const issuers = await first.api.call<{ items: { subject: string; fingerprint: string; state: string }[] }>(
      "GET",
      "/api/authority/issuers",
    );
    const [present, replaced] = issuers.body.items;
    expect([present, replaced]).toMatchObject([
      { subject: "CN=second devices", state: "issuing" },
      { subject: "CN=first devices", state: "accepted" },
    ]);
    const [ending, staying] = [await rpc(second, old), await rpc(second, await again("stays"))];
    const ended = new Promise<number>((resolve) => ending.on("close", resolve));
    const withdraw = (fingerprint = "") => first.api.call("POST", `/api/authority/issuers/${fingerprint}/withdraw`);
    expect(await withdraw(present?.fingerprint)).toMatchObject({ status: 404, body: { code: "authority-unknown" } });
    expect((await withdraw(replaced?.fingerprint)).status).toBe(204);
    // An authority is withdrawn only once, so there is no second try on a busy machine.
    expect(await msUntil(ended)).toBeLessThan(3_000);
    await report(staying);
    for (const gateway of [first, second]) await expect(rpc(gateway, old)).rejects.toThrow(/401/);
    const now = await authorityOf(second);
    expect(now.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    // Servers look for their authority every ten seconds.
    for (const gateway of [first, second]) {
      await eventually(async () => report(await rpc(gateway, { certificate, key }, now)), 15_000);
      await expect(rpc(gateway, old, now)).rejects.toThrow(/401/);
    }
    await expect(rpc(second, { certificate, key })).rejects.toThrow(/certificate/);
    await eventually(async () => {
      const audit = await first.api.call<{ items: { event: string; by: string }[] }>(
        "GET",
        "/api/audit?action=authority.change",
      );
      expect(audit.body.items.map(({ event, by }) => [event, by])).toEqual([
        ["InstallationAuthorityWithdrawn", "admin"],
        ["InstallationAuthorityReplaced", "system"],
      ]);
    });
    const later = agentOf("follows").agent;
    const connected = new Promise<void>((resolve) => later.once("connected", () => resolve()));
    later.start();
    await connected;
    await later.stop();
  });
});
