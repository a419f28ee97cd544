import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { connectAsync } from "mqtt";
import { describe, expect, it } from "vitest";
import { Authority, type Issued } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function serialsOf({ gateway, authority }: TlsGateway): Promise<(string | undefined)[]> {
  const asking = [gateway.httpsPort, gateway.mqttsPort].map(async (port) => {
    const socket = connectTls({ port: port ?? 0, host: "127.0.0.1", ca: authority.cert });
    await once(socket, "secureConnect");
    const serial = socket.getPeerX509Certificate()?.serialNumber.toLowerCase();
    socket.destroy();
    return serial;
  });
  return await Promise.all(asking);
}

const shown = ({ serial }: Issued) => [serial, serial].map((each) => each.toString("hex"));
const logLines = ({ logged }: TlsGateway, text: RegExp) => logged.filter(({ msg }) => text.test(msg));

function device(node: TlsGateway, { cert, key }: Issued, clientId = "pump-1") {
  return connectAsync(node.mqtts, { ca: node.authority.cert, cert, key, clientId, reconnectPeriod: 0 }, false);
}

const NOT_AUTHORISED = { code: 5 };

async function expiryOf(node: TlsGateway, setting: string): Promise<number> {
  const [line = ""] = await node.metrics(`fleetlog_tls_expiry_timestamp_seconds{setting="${setting}"}`);
  return Number(line.split(" ")[1]);
}

describe("a renewed certificate", () => {
  it("is used for new connections, and open connections continue", async () => {
    await using node = await startTlsGateway();
    await node.api.register("pump-1");
    const client = await device(node, node.authority.issue({ names: ["pump-1"] }));
    expect(await serialsOf(node)).toEqual(shown(node.server));

    const notAfter = new Date(Date.now() + 30 * DAY);
    const renewed = node.authority.issue({ names: ["gateway"], usage: "server", notAfter });
    await node.replace("cert", renewed.cert);
    await node.replace("key", renewed.key);

    await eventually(async () => expect(await serialsOf(node)).toEqual(shown(renewed)));
    expect(logLines(node, /renewed TLS certificates are in use/)).toHaveLength(1);
    expect(await expiryOf(node, "FLEETLOG_TLS_CERT")).toBe(Math.floor(notAfter.getTime() / 1_000));
    await client.publishAsync("me/telemetry", '{"data":{"still":"here"}}', { qos: 1 });
    await client.endAsync();
  });

  it.each([
    ["of another key", "FLEETLOG_TLS_KEY", () => new Authority().issue({ names: ["x"], usage: "server" }).cert],
    ["that is cut off", "FLEETLOG_TLS_CERT", (node: TlsGateway) => node.server.cert.slice(0, -40)],
    ["that is empty", "FLEETLOG_TLS_CERT", () => ""],
  ])("%s is not used, which is logged only once", async (_what, setting, text) => {
    await using node = await startTlsGateway();
    await node.replace("cert", text(node));
    await eventually(() => expect(logLines(node, /new TLS files are not used/)).toMatchObject([{ setting }]));
    expect(await node.metrics("fleetlog_tls_files_in_use")).toEqual(["fleetlog_tls_files_in_use 0"]);
    expect(await serialsOf(node)).toEqual(shown(node.server));
    expect(logLines(node, /new TLS files are not used/)).toHaveLength(1);

    const { cert, key } = node.authority.issue({ names: ["gateway"], usage: "server" });
    await node.replace("key", key);
    await node.replace("cert", cert);
    await eventually(async () =>
      expect(await node.metrics("fleetlog_tls_files_in_use")).toEqual(["fleetlog_tls_files_in_use 1"]),
    );
  });

  it("that has expired does not replace a valid certificate", async () => {
    await using node = await startTlsGateway();
    const times = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() - HOUR) };
    const { cert, key } = node.authority.issue({ names: ["gateway"], usage: "server", ...times });
    await node.replace("cert", cert);
    await node.replace("key", key);
    await eventually(() => expect(logLines(node, /not used: the certificate expired at/)).toHaveLength(1));
    expect(await serialsOf(node)).toEqual(shown(node.server));
  });
});

describe("renewed authorities of devices", () => {
  it("are trusted for new connections, and removed authorities are not", async () => {
    await using node = await startTlsGateway();
    await node.api.register("pump-1");
    const next = new Authority("Next CA");
    const before = node.authority.issue({ names: ["pump-1"] });
    const after = next.issue({ names: ["pump-1"] });
    await expect(device(node, after)).rejects.toMatchObject(NOT_AUTHORISED);
    await node.replace("ca", node.authority.cert + next.cert);
    await (await eventually(() => device(node, after))).endAsync();
    await (await device(node, before)).endAsync();
    await node.replace("ca", next.cert);
    await eventually(() => expect(device(node, before)).rejects.toMatchObject(NOT_AUTHORISED));
    await (await device(node, after)).endAsync();
  });
});

describe("a revocation list", () => {
  it("refuses a revoked certificate once the list is renewed", async () => {
    const authority = new Authority("Plant CA");
    const clientCa = authority.cert;
    await using node = await startTlsGateway({ clientCa, clientCrl: authority.revoke([]) });
    await node.api.register("pump-1");
    await node.api.register("pump-2");
    const first = authority.issue({ names: ["pump-1"] });
    const second = authority.issue({ names: ["pump-2"] });
    await (await device(node, first)).endAsync();

    // Times after 2049 have another format (RFC 5280, 5.1.2.5).
    const until = new Date("2060-05-06T07:08:09Z");
    await node.replace("crl", authority.revoke([first.serial], until));
    await eventually(() => expect(device(node, first)).rejects.toMatchObject(NOT_AUTHORISED));
    expect(logLines(node, /a client certificate is refused/)).toContainEqual(
      expect.objectContaining({ code: "CERT_REVOKED" }),
    );
    await (await device(node, second, "pump-2")).endAsync();
    expect(await expiryOf(node, "FLEETLOG_TLS_CLIENT_CRL")).toBe(until.getTime() / 1_000);
  });

  it("is needed for each authority; an expired list refuses its authority's certificates", async () => {
    const authority = new Authority("Plant CA");
    const below = new Authority("Hall CA", authority);
    const clientCa = authority.cert + below.cert;
    const clientCrl = authority.revoke([]) + below.revoke([], new Date(Date.now() - HOUR));
    await using node = await startTlsGateway({ clientCa, clientCrl });
    await node.api.register("pump-1");
    expect(logLines(node, /revocation list expired at/)).toMatchObject([
      { level: 40, setting: "FLEETLOG_TLS_CLIENT_CRL" },
    ]);
    const certificate = below.issue({ names: ["pump-1"] });
    await expect(device(node, certificate)).rejects.toMatchObject(NOT_AUTHORISED);
    expect(logLines(node, /a client certificate is refused/)).toMatchObject([{ code: "CRL_HAS_EXPIRED" }]);
    await node.replace("crl", authority.revoke([]) + below.revoke([]));
    await (await eventually(() => device(node, certificate))).endAsync();
    await node.replace("crl", authority.revoke([]));
    await eventually(() => expect(device(node, certificate)).rejects.toMatchObject(NOT_AUTHORISED));
    expect(logLines(node, /a client certificate is refused/).at(-1)).toMatchObject({ code: "UNABLE_TO_GET_CRL" });
  });
});
