import { describe, expect, it } from "vitest";
import { permissionsOf } from "./permissions.ts";
import { NATS_ROLES, NEEDS } from "./roles.ts";
import { SHARED_BUCKETS } from "./shared-buckets.ts";

const published = (role: (typeof NATS_ROLES)[number]) => permissionsOf(role).publish.allow;

describe("permissionsOf", () => {
  it("lets only gateways purge, and only the bytes of artifacts", () => {
    const purges = NATS_ROLES.flatMap((role) => published(role).filter((subject) => /PURGE/.test(subject)));
    expect(purges).toEqual(["$JS.API.STREAM.PURGE.OBJ_artifacts"]);
  });

  it.each(NATS_ROLES)("does not let %s delete or purge events, or use the inbox of another role", (role) => {
    const all = published(role);
    expect(
      all.filter((subject) => /DELETE|PURGE/.test(subject) && !/CONSUMER\.DELETE|PURGE\.OBJ_artifacts$/.test(subject)),
    ).toEqual([]);
    expect(all.filter((subject) => /^_INBOX|^>|^\*/.test(subject))).toEqual([]);
    const inboxes = permissionsOf(role).subscribe.allow.filter((subject) => subject.startsWith("_INBOX"));
    expect(inboxes).toEqual([`_INBOX_${role}.>`]);
  });

  it("lets a role answer only roles whose requests it gets, without `allow_responses`", () => {
    const answered = NATS_ROLES.map((role) => published(role).filter((subject) => subject.startsWith("_ANSWER")));
    const [gateway, reactors, historian] = ["_ANSWER_gateway.>", "_ANSWER_reactors.>", "_ANSWER_historian.>"];
    expect(answered).toEqual([[gateway, historian], [gateway, reactors], [], [gateway, historian]]);
    for (const role of NATS_ROLES) {
      expect(Object.keys(permissionsOf(role))).toEqual(["publish", "subscribe"]);
      const subscribed = permissionsOf(role).subscribe.allow.filter((subject) => subject.startsWith("_ANSWER"));
      expect(subscribed).toEqual([`_ANSWER_${role}.>`]);
    }
  });

  it("lets only gateways and reactors append, and reactors only events of eight categories", () => {
    const events = (role: (typeof NATS_ROLES)[number]) =>
      published(role).filter((subject) => subject.startsWith("fleet"));
    expect(events("gateway")).toEqual(["fleet.*.*"]);
    expect(events("reactors")).toEqual(
      ["command", "configuration", "gateway", "provisioning", "person", "delivery", "scan", "update"].map(
        (category) => `fleet.${category}.*`,
      ),
    );
    expect([...events("projector"), ...events("historian")]).toEqual([]);
  });

  it("lets only gateways make and change streams", () => {
    const changing = NATS_ROLES.filter((role) =>
      published(role).some((subject) => /STREAM\.(CREATE|UPDATE|LEADER)/.test(subject)),
    );
    expect(changing).toEqual(["gateway"]);
  });

  it("lets only gateways make the streams of buckets, among them those of all other processes", () => {
    const made = (role: (typeof NATS_ROLES)[number]) =>
      published(role).flatMap((subject) => /^\$JS\.API\.STREAM\.CREATE\.KV_(.+)$/.exec(subject)?.[1] ?? []);
    const byGateways = new Set(made("gateway"));
    for (const role of ["projector", "reactors", "historian"] as const) {
      expect(made(role)).toEqual([]);
      const used = [...NEEDS[role].buckets, ...(NEEDS[role].readsBuckets ?? [])];
      const atStart = new Set([...Object.keys(SHARED_BUCKETS), "installation", "leases"]);
      for (const bucket of used)
        expect([bucket, byGateways.has(bucket), atStart.has(bucket)]).toEqual([bucket, true, true]);
    }
  });

  it("lets only gateways use the bucket of the operators' secrets", () => {
    const withSecrets = NATS_ROLES.filter((role) => published(role).join().includes("KV_operators"));
    expect(withSecrets).toEqual(["gateway"]);
  });

  it("lets only historians copy archives from historians", () => {
    const asking = NATS_ROLES.filter((role) => published(role).some((subject) => /^(archive|>)/.test(subject)));
    const answering = NATS_ROLES.filter((role) => permissionsOf(role).subscribe.allow.includes("archive.*.*"));
    expect([asking, answering]).toEqual([["historian"], ["historian"]]);
  });

  it("lets historians read API keys, and write only the bucket of marks", () => {
    expect(published("historian")).toContain("$JS.API.DIRECT.GET.KV_api-keys.>");
    const written = published("historian").filter((subject) => /^\$KV|UPDATE/.test(subject));
    expect(written).toEqual(["$KV.marks.>"]);
  });
});
