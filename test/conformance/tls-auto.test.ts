import { execFile } from "node:child_process";
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { connectAsync } from "mqtt";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

const DAY = 86_400_000;
const AUTO = { FLEETLOG_TLS: "auto", FLEETLOG_TLS_CERT: "", FLEETLOG_TLS_KEY: "", FLEETLOG_TLS_CLIENT_CA: "" };

let folder: string;
let node: TlsGateway;
/** Milliseconds that the gateway's clock is ahead. */
let ahead = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-auto-"));
  const env = { ...AUTO, FLEETLOG_PUBLIC_URL: "https://fleet.example" };
  node = await startTlsGateway({ env, clock: () => Date.now() + ahead });
  await writeFile(join(folder, "root.pem"), await rootOf(node));
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function rootOf({ gateway }: TlsGateway): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${gateway.httpPort}/api/authority`);
  return (await answer.text()).split(/(?<=-----END CERTIFICATE-----\n)/)[1] ?? "";
}

function handshake(port: number | undefined, options: string[]): Promise<string> {
  const to = ["s_client", "-connect", `127.0.0.1:${port}`, "-CAfile", "root.pem", "-verify_return_error"];
  return new Promise((resolve) => {
    const client = execFile("openssl", [...to, ...options], { cwd: folder }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
    client.stdin?.end();
  });
}

describe("FLEETLOG_TLS=auto", () => {
  it.each(["httpsPort", "mqttsPort"] as const)(
    "offers both kinds of certificate on %s, verified by the root alone",
    async (of) => {
      const port = node.gateway[of];
      for (const name of ["fleet.example", "localhost", hostname()]) {
        expect(await handshake(port, ["-verify_hostname", name])).toContain("Verification: OK");
      }
      expect(await handshake(port, ["-verify_ip", "127.0.0.1"])).toContain("Verification: OK");
      expect(await handshake(port, ["-verify_hostname", "other.example"])).toMatch(/hostname mismatch/i);
      const onlyRsa = { "-tls1_2": ["-cipher", "aRSA"], "-tls1_3": ["-sigalgs", "RSA-PSS+SHA256"] };
      for (const [version, only] of Object.entries(onlyRsa)) {
        expect(await handshake(port, [version])).toMatch(/Peer signature type: ECDSA/);
        expect(await handshake(port, [version, ...only])).toMatch(/Peer signature type: RSA/);
      }
    },
  );

  it("refuses plain RSA key exchange, unless a setting allows it", async () => {
    const legacy = ["-tls1_2", "-cipher", "AES128-SHA"];
    expect(await handshake(node.gateway.mqttsPort, legacy)).toMatch(/handshake failure/);
    const old = await startTlsGateway({ env: { ...AUTO, FLEETLOG_TLS_RSA_KEY_EXCHANGE: "on" } });
    try {
      await writeFile(join(folder, "root.pem"), await rootOf(old));
      for (const port of [old.gateway.mqttsPort, old.gateway.httpsPort]) {
        const shown = await handshake(port, legacy);
        expect(shown).toMatch(/Cipher is AES128-SHA/);
        expect(shown).toContain("Verification: OK");
      }
      expect(await handshake(old.gateway.mqttsPort, ["-tls1_2"])).toMatch(/Cipher is ECDHE-ECDSA/);
      const password = await old.api.register("board-1");
      const board = { clientId: "board-1", username: "board-1", password, ca: await rootOf(old), reconnectPeriod: 0 };
      const tls = { ciphers: "AES128-SHA", maxVersion: "TLSv1.2" } as object;
      const client = await connectAsync(`mqtts://localhost:${old.gateway.mqttsPort}`, { ...board, ...tls });
      await client.publishAsync("me/telemetry", '{"data":{"t":1}}', { qos: 1 });
      await client.endAsync();
    } finally {
      await old[Symbol.asyncDispose]();
      await writeFile(join(folder, "root.pem"), await rootOf(node));
    }
  });

  it("lets devices with issued certificates in, by stock clients that know only the root", async () => {
    await node.api.register("auto-1");
    const { body } = await node.api.call("POST", "/api/devices/auto-1/certificates", { keyType: "RSA-2048" });
    const { certificate: cert, key } = body as { certificate: string; key: string };
    const tls = { ca: await rootOf(node), cert, key };
    const client = new Client(`wss://localhost:${node.gateway.httpsPort}/device`, {
      reconnect: false,
      ...(tls as object),
    });
    await new Promise((opened) => client.on("open", opened as () => void));
    expect(await client.call("telemetry.report", { data: { t: 1 } })).toMatchObject({ seq: expect.any(Number) });
    client.close();
    const mqtt = await connectAsync(`mqtts://localhost:${node.gateway.mqttsPort}`, {
      ...tls,
      clientId: "auto-1",
      reconnectPeriod: 0,
    });
    await mqtt.publishAsync("me/telemetry", '{"data":{"t":2}}', { qos: 1 });
    await mqtt.endAsync();
  });

  it("renews the certificates before their end, without a restart", async () => {
    const shown = async () => {
      const socket = connect({ port: node.gateway.mqttsPort ?? 0, host: "127.0.0.1", rejectUnauthorized: false });
      await once(socket, "secureConnect");
      const certificate = socket.getPeerX509Certificate() as X509Certificate;
      socket.destroy();
      return certificate;
    };
    const first = await shown();
    const left = first.validToDate.getTime() - Date.now();
    expect(left).toBeGreaterThan(89 * DAY);
    ahead = left - 29 * DAY;
    await eventually(async () => {
      const next = await shown();
      expect(next.serialNumber).not.toBe(first.serialNumber);
      expect(next.validToDate.getTime()).toBeGreaterThan(Date.now() + ahead + 89 * DAY);
    });
    ahead = 0;
    expect(node.logged.some(({ msg }) => msg === "renewed TLS certificates are in use")).toBe(true);
    const [expiry = ""] = await node.metrics('fleetlog_tls_expiry_timestamp_seconds{setting="FLEETLOG_TLS"}');
    expect(Number(expiry.split(" ")[1]) * 1_000).toBeGreaterThan(first.validToDate.getTime());
  });
});
