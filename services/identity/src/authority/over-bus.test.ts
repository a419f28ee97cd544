import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { describe, expect, it } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { certificateAuthority } from "./authority.ts";
import { answerServers, authorityOverBus } from "./over-bus.ts";
import { OwnServerCertificates } from "./own-server-certificates.ts";

const DAY = 86_400_000;
const pemOf = (key: { export(options: object): string | Buffer }) =>
  key.export({ format: "pem", type: "spki" }).toString();

function both() {
  const { bus, buckets } = memoryBackbone();
  const authority = certificateAuthority({ buckets, sealer: sealerOf(Buffer.alloc(32, 7)) });
  const subscriptions = answerServers(bus, authority);
  return { bus, authority, remote: authorityOverBus(bus), subscriptions };
}

describe("the authority over the bus", () => {
  it("certifies a key for the requested names, as a server only; the key stays with the requester", async () => {
    const { authority, remote } = both();
    const names = ["fleet.example", "10.0.0.7", "::1"];
    const [issued] = await remote.issueServer(names, DAY);
    const certificate = new X509Certificate(issued?.certificate ?? "");
    const [issuing = ""] = (await authority.chain()).split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(certificate.verify(new X509Certificate(issuing).publicKey)).toBe(true);
    expect(issued?.certificate.match(/BEGIN/g)).toHaveLength(2);
    expect(certificate.checkHost("fleet.example")).toBe("fleet.example");
    expect(certificate.checkIP("10.0.0.7")).toBe("10.0.0.7");
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.ca).toBe(false);
    expect(await remote.chain()).toBe(await authority.chain());
  });

  it("renews as a gateway does", async () => {
    const { remote } = both();
    let now = Date.now();
    const own = new OwnServerCertificates(remote, { names: () => ["plant-3"], clock: () => now });
    const first = await own.current();
    expect(await own.current()).toBe(first);
    now += 61 * DAY;
    expect(await own.current()).not.toBe(first);
  });

  it("rejects with `unavailable` without a gateway", async () => {
    const { remote, subscriptions } = both();
    for (const subscription of subscriptions) subscription.stop();
    await expect(remote.issueServer(["plant-3"], DAY)).rejects.toMatchObject({ code: "unavailable" });
  });

  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const good = { publicKey: pemOf(publicKey), names: ["a.example"], lifetimeMs: DAY };
  const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey;
  const privatePem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  it.each([
    ["a name with a wildcard", { ...good, names: ["*.example"] }, "names"],
    ["a name with a path", { ...good, names: ["a.example", "b/c"] }, "names"],
    ["no name", { ...good, names: [] }, "names"],
    ["a weak key", { ...good, publicKey: pemOf(weak) }, "publicKey"],
    ["a private key", { ...good, publicKey: privatePem }, "publicKey"],
    ["no key", { ...good, publicKey: "x" }, "publicKey"],
    ["a long lifetime", { ...good, lifetimeMs: 91 * DAY }, "lifetimeMs"],
    ["something else", 5, undefined],
  ])("refuses %s", async (_what, request, field) => {
    const { bus } = both();
    const refusal = { code: "invalid-request", ...(field !== undefined && { field: field }) };
    await expect(bus.request("authority.server", request)).rejects.toMatchObject(refusal);
    expect(await bus.request("authority.server", good)).toContain("BEGIN CERTIFICATE");
  });
});
