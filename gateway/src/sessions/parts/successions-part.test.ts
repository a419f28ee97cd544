import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { RecordedEvent } from "@fleetlog/domain";
import { personCaller, registerDevice, withdrawAuthority } from "@fleetlog/fleet";
import { person, testCaller } from "@fleetlog/fleet/testing";
import { certificateAuthority, givenAuthority, type Succession, sealerOf } from "@fleetlog/identity";
import { MemoryServer } from "@fleetlog/log";
import { expect, it, vi } from "vitest";
import { RecordingConnection } from "../../testing/recording-connection.ts";
import { type TestNode, testNode } from "../../testing/test-node.ts";
import { successionsPart } from "./successions-part.ts";

const certificate = (name: string) => ({
  subject: `CN=${name}`,
  fingerprint: name.padEnd(64, "0"),
  notAfter: "2036-01-01T00:00:00.000Z",
});
const follows = (before: string, next: string, more: Partial<Succession> = {}): Succession => ({
  ...{ before: certificate(before), next: certificate(next), renewed: false, withdrawn: false },
  ...more,
});

function partOf({ core, fleet, sessions, backbone }: TestNode, successions: () => Promise<readonly Succession[]>) {
  return successionsPart(
    { logger: core.logger, backbone, fleet: { ...fleet, authority: { ...fleet.authority, successions } } },
    sessions,
  );
}

async function recorded({ backbone }: TestNode): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of backbone.log.read({ stream: "FLEET" })) events.push(event);
  return events;
}

it("each succession of authorities is recorded once, although two gateways see it at the same moment", async () => {
  const one = await testNode();
  const all = [follows("a", "b", { renewed: true }), follows("b", "c", { withdrawn: true })];
  const parts = [one, one].map((node) => partOf(node, () => Promise.resolve(all)));
  for (const part of parts) void part.start?.({} as never);
  for (const part of parts) await part.stop?.();
  const events = await recorded(one);
  expect(events.map(({ type, source }) => [type, source])).toEqual([
    ["InstallationAuthorityRenewed", "/gateways/g1"],
    ["InstallationAuthorityReplaced", "/gateways/g1"],
    ["InstallationAuthorityWithdrawn", "/gateways/g1"],
  ]);
  expect(events[2]?.data).toEqual({ ...certificate("b"), by: "system" });
});

it("a gateway tries again to record a succession after an error, and reads the log only after a change", async () => {
  vi.useFakeTimers();
  try {
    const node = await testNode();
    const reads = vi.spyOn(node.fleet.log, "read");
    const found = [follows("a", "b")];
    const answers = [Promise.reject(new Error("no store")), Promise.resolve([]), Promise.resolve(found)];
    const part = partOf(node, () => answers.shift() ?? Promise.resolve(found));
    void part.start?.({} as never);
    for (let i = 0; i < 4; i++) await vi.advanceTimersByTimeAsync(10_000);
    await part.stop?.();
    expect(reads).toHaveBeenCalledTimes(1);
    expect((await recorded(node)).map(({ type }) => type)).toEqual(["InstallationAuthorityReplaced"]);
  } finally {
    vi.useRealTimers();
  }
});

const DAY = 86_400_000;

/** A session that a certificate of the present authority has opened. */
async function certifiedSession({ core, fleet, credentials, sessions }: TestNode, device: string) {
  await registerDevice(fleet, testCaller("admin", "c-1"), { id: device });
  const { serial, issuer } = await core.fleet.authority.issue(device, { make: "P-256" });
  await credentials.addCertificate(device, {
    serial,
    issuer,
    notAfter: new Date(Date.now() + 900 * DAY).toISOString(),
  });
  const [present] = await core.fleet.authority.trusted();
  const certificate = { serial, issuer, own: true, issuedBy: present?.fingerprint ?? "" };
  const login = { device, login: device, credential: { by: "certificate", certificate } } as const;
  const connection = new RecordingConnection();
  await sessions.open({ device, proof: await sessions.authenticate(login), connection });
  return connection;
}

function anotherAuthority() {
  const files = ["-keyout", "-", "-out", "-"];
  const keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const made = execFileSync("openssl", ["req", "-x509", ...keys, "-subj", "/CN=Plant", "-days", "3650", ...files], {
    encoding: "utf8",
    stdio: "pipe",
  });
  const [key = "", certificate = ""] = made.split(/(?=-----BEGIN CERTIFICATE)/);
  return givenAuthority([certificate], key);
}

it("a gateway ends the sessions of certificates whose authority is withdrawn, without a restart", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  try {
    const node = await testNode();
    const part = successionsPart(node.core, node.sessions);
    void part.start?.({} as never);
    const before = await certifiedSession(node, "before");
    const { buckets } = node.backbone;
    const given = anotherAuthority();
    await certificateAuthority({ buckets, sealer: node.core.sealer, clock: Date.now, given }).chain();
    await vi.advanceTimersByTimeAsync(20_000);
    const after = await certifiedSession(node, "after");
    expect(before.ended).toBeUndefined();

    vi.setSystemTime(Date.now() + 365 * DAY);
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.waitFor(() => expect(before.ended).toMatchObject({ reason: "certificate-ended" }));
    expect(after.ended).toBeUndefined();
    await part.stop?.();
  } finally {
    vi.useRealTimers();
  }
});

const root = personCaller(person("root", "admin"), "c-2");

it("a message ends the sessions of a withdrawn authority on each gateway, and the event names the administrator", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const server = new MemoryServer();
    const sealer = sealerOf(randomBytes(32));
    const one = await testNode("g1", server, sealer);
    const other = await testNode("g2", server, sealer);
    const nodes = [one, other];
    const before = [await certifiedSession(one, "one"), await certifiedSession(other, "other")];
    const [leaked] = await one.core.fleet.authority.trusted();
    const fingerprint = leaked?.fingerprint ?? "";
    await expect(withdrawAuthority(one.fleet, root, fingerprint)).rejects.toMatchObject({ code: "authority-unknown" });

    const { buckets } = one.backbone;
    await certificateAuthority({ buckets, sealer: one.core.sealer, given: anotherAuthority() }).chain();
    for (const { core } of nodes) await core.fleet.authority.refresh();
    const parts = nodes.map(({ core, sessions }) => successionsPart(core, sessions));
    for (const part of parts) void part.start?.({} as never);
    await vi.waitFor(async () =>
      expect((await recorded(one)).at(-1)).toMatchObject({ type: "InstallationAuthorityReplaced" }),
    );
    const after = [await certifiedSession(one, "new-one"), await certifiedSession(other, "new-other")];
    expect(before.map(({ ended }) => ended)).toEqual([undefined, undefined]);

    for (let i = 0; i < 2; i++) await withdrawAuthority(one.fleet, root, fingerprint);
    await vi.waitFor(() => {
      for (const { ended } of before) expect(ended).toMatchObject({ reason: "certificate-ended" });
    });
    for (const { ended } of after) expect(ended).toBeUndefined();
    await vi.advanceTimersByTimeAsync(10_000);
    for (const part of parts) await part.stop?.();
    const withdrawals = (await recorded(one)).filter(({ type }) => type === "InstallationAuthorityWithdrawn");
    expect(withdrawals).toMatchObject([{ source: "/operators/root", data: { fingerprint, by: "root" } }]);
  } finally {
    vi.useRealTimers();
  }
});
