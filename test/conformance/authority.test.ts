import { execFile, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { suiteWith } from "../support/suite-with.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

interface Issued {
  readonly serial: string;
  readonly certificate: string;
  readonly ca: string;
  readonly key?: string;
}

let folder: string;
let node: TlsGateway;
const elsewhere = new Authority("Other CA");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-issued-"));
  // A revocation list of another authority must not affect the installation's own certificates.
  node = await startTlsGateway({ clientCa: elsewhere.cert, clientCrl: elsewhere.revoke([]) });
  await writeFile(join(folder, "server-ca.pem"), node.authority.cert);
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function issue(device: string, body: object | null = null): Promise<Issued> {
  const answer = await node.api.call("POST", `/api/devices/${device}/certificates`, body);
  expect(answer.status).toBe(201);
  return answer.body as Issued;
}

function run(program: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) =>
    execFile(program, args, { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    ),
  );
}

async function store({ certificate, key = "" }: Issued): Promise<void> {
  await writeFile(join(folder, "cert.pem"), certificate);
  await writeFile(join(folder, "key.pem"), key);
}

async function connect({ certificate, key = "" }: Issued, to = node): Promise<Client> {
  const client = new Client(`wss://${to.https}/device`, {
    reconnect: false,
    autoconnect: false,
    ...({ ca: to.authority.cert, cert: certificate, key } as object),
  });
  await new Promise<void>((resolve, reject) => {
    client.on("open", resolve);
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed")));
    client.connect();
  });
  return client;
}

const report = (client: Client) => client.call("telemetry.report", { data: { t: 1 } }, 5_000);

describe("certificates of the embedded authority", () => {
  it("log a stock client in over wss until they are revoked, which ends the session", async () => {
    await node.api.register("ws-1");
    const issued = await issue("ws-1");
    const client = await connect(issued);
    expect(await report(client)).toMatchObject({ seq: expect.any(Number) });
    const closed = new Promise<number>((resolve) => client.on("close", resolve));
    const path = `/api/devices/ws-1/certificates/${issued.serial}`;
    expect((await node.api.call("DELETE", path)).status).toBe(204);
    expect(await closed).toBe(1008);
    await expect(connect(issued).then(report)).rejects.toBeDefined();
    expect((await node.api.call("DELETE", path)).body).toMatchObject({ code: "certificate-unknown" });
    const events = await node.api.events("ws-1");
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["DeviceCertificateIssued", "DeviceCertificateRevoked"]),
    );
    expect(JSON.stringify(events)).not.toMatch(/PRIVATE KEY/);
    expect(events.find(({ type }) => type === "SessionClosed")).toMatchObject({
      data: { reason: "certificate-ended" },
    });
  });

  it("stay revoked when their device's id is registered again, while the new certificates of that id work", async () => {
    await node.api.register("again");
    const old = await issue("again");
    await node.api.call("DELETE", "/api/devices/again");
    await node.api.register("again");
    await expect(connect(old).then(report)).rejects.toBeDefined();
    const client = await connect(await issue("again"));
    expect(await report(client)).toMatchObject({ seq: expect.any(Number) });
    client.close();
  });

  it("end their session when they expire, and are refused afterwards", async () => {
    let ahead = 0;
    const env = { FLEETLOG_TLS_CLIENT_CA: "", FLEETLOG_DEVICE_CERTIFICATE_LIFETIME: "1m" };
    const own = await startTlsGateway({ env, clock: () => Date.now() + ahead });
    try {
      await own.api.register("brief");
      ahead = -56_000;
      const { body } = await own.api.call("POST", "/api/devices/brief/certificates");
      ahead = 0;
      const client = await connect(body as Issued, own);
      expect(await report(client)).toMatchObject({ seq: expect.any(Number) });
      expect(await new Promise<number>((resolve) => client.on("close", resolve))).toBe(1008);
      expect(Date.now()).toBeGreaterThanOrEqual(
        new X509Certificate((body as Issued).certificate).validToDate.getTime(),
      );
      await expect(connect(body as Issued, own)).rejects.toThrow(/401/);
      expect((await own.api.events("brief")).at(-1)).toMatchObject({
        type: "SessionClosed",
        data: { reason: "certificate-ended" },
      });
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  it("stay valid when another certificate is revoked or the token replaced; the token outlives them", async () => {
    const token = await node.api.register("both");
    const [first, second] = [await issue("both"), await issue("both", { keyType: "RSA-2048" })];
    await node.api.call("DELETE", `/api/devices/both/certificates/${first.serial}`);
    await node.api.call("POST", "/api/devices/both/token");
    const listed = await node.api.call("GET", "/api/devices/both/certificates");
    expect(listed.body).toMatchObject({ items: [{ serial: second.serial }] });
    const client = await connect(second);
    expect(await report(client)).toMatchObject({ seq: expect.any(Number) });
    client.close();
    expect(token).toBeDefined();
  });

  it("are on the list that the API serves without a token and that openssl verifies", async () => {
    await node.api.register("listed");
    const issued = await issue("listed");
    await node.api.call("DELETE", `/api/devices/listed/certificates/${issued.serial}`);
    await store(issued);
    await eventually(async () => {
      for (const [file, path] of [["ca.pem", ""] as const, ["crl.pem", "/crl"] as const]) {
        const answer = await fetch(`http://127.0.0.1:${node.gateway.httpPort}/api/authority${path}`);
        await writeFile(join(folder, file), await answer.text());
      }
      const checked = await run("openssl", [
        ...["verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "cert.pem"],
      ]);
      expect(checked.output).toContain("certificate revoked");
    });
    const url = `http://127.0.0.1:${node.gateway.httpPort}/api/authority/crl`;
    expect((await fetch(url)).headers.get("content-type")).toContain("application/x-pem-file");
    const der = await fetch(url, { headers: { accept: "application/pkix-crl" } });
    expect(der.headers.get("content-type")).toBe("application/pkix-crl");
    await writeFile(join(folder, "crl.der"), Buffer.from(await der.arrayBuffer()));
    const { output } = await run("openssl", ["crl", "-inform", "DER", "-in", "crl.der", "-noout", "-text"]);
    expect(output.toLowerCase()).toContain(issued.serial);
  });

  it("are issued for signing requests of openssl, and only for the device itself", async () => {
    await node.api.register("csr-1");
    const request = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "own.pem", "-out", "own.csr"];
    for (const [subject, status] of [["/CN=csr-1", 201] as const, ["/CN=csr-2", 400] as const]) {
      await run("openssl", [...request, "-subj", subject]);
      const csr = (await run("cat", ["own.csr"])).output;
      const answer = await node.api.call("POST", "/api/devices/csr-1/certificates", { csr });
      expect(answer.status).toBe(status);
      expect(answer.body).not.toHaveProperty("key");
      if (status === 201) {
        const issued = new X509Certificate((answer.body as Issued).certificate);
        expect(issued.subject).toBe("CN=csr-1");
      } else expect(answer.body).toMatchObject({ field: "csr" });
    }
  });

  it("let no resumed TLS session in after their revocation", async () => {
    const own = await startTlsGateway({ env: { FLEETLOG_TLS_CLIENT_CA: "" } });
    try {
      await own.api.register("resumer");
      const { body } = await own.api.call("POST", "/api/devices/resumer/certificates");
      const issued = body as Issued;
      await store(issued);
      const path = `/api/devices/resumer/certificates/${issued.serial}`;
      const status = (session: string[]) => handshake(own.https, session);
      expect(await status(["-sess_out", "session.pem"])).toMatchObject({ upgraded: true, reused: false });
      expect(await status(["-sess_in", "session.pem"])).toMatchObject({ upgraded: true, reused: true });
      expect((await own.api.call("DELETE", path)).status).toBe(204);
      expect(await status(["-sess_in", "session.pem"])).toMatchObject({ upgraded: false, reused: true });
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });
});

function handshake(address: string, session: string[]): Promise<{ upgraded: boolean; reused: boolean }> {
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  const upgrade = `GET /device HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`;
  const own = ["-cert", "cert.pem", "-key", "key.pem", "-tls1_2", "-ign_eof"];
  const client = spawn("openssl", ["s_client", "-connect", address, ...own, ...session], { cwd: folder });
  let output = "";
  return new Promise((resolve, reject) => {
    const settle = () => {
      const answered = /HTTP\/1\.1 (\d+)/.exec(output)?.[1];
      if (answered === undefined) return;
      client.kill();
      resolve({ upgraded: answered === "101", reused: output.includes("Reused, TLS") });
    };
    client.stdout.on("data", (data: Buffer) => {
      output += data.toString();
      settle();
    });
    client.once("error", reject);
    client.once("close", () => reject(new Error(`openssl ended: ${output}`)));
    client.stdin.write(upgrade);
  });
}

suiteWith("mosquitto", "mosquitto_pub with an issued certificate", () => {
  it("reports, and is refused once the certificate is revoked", async () => {
    await node.api.register("pump-1");
    const issued = await issue("pump-1");
    await store(issued);
    const publish = () =>
      run("mosquitto_pub", [
        ...["-h", "127.0.0.1", "-p", `${node.gateway.mqttsPort}`, "-V", "mqttv5", "-i", "pump-1", "-q", "1"],
        ...["--cafile", "server-ca.pem", "--cert", "cert.pem", "--key", "key.pem"],
        ...["-t", "me/telemetry", "-m", '{"data":{"t":1}}'],
      ]);
    expect(await publish()).toEqual({ code: 0, output: "" });
    await node.api.call("DELETE", `/api/devices/pump-1/certificates/${issued.serial}`);
    expect((await publish()).output).toMatch(/not authori[sz]ed/i);
  });
});
