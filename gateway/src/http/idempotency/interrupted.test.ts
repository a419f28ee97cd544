import { randomBytes } from "node:crypto";
import { type ChannelDefined, definitionEntity, FleetError, type RecordedEvent } from "@fleetlog/domain";
import { partCaller, recordScanned } from "@fleetlog/fleet";
import { certificateAuthority, sealerOf, type TrustedIssuer } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withViews } from "../../testing/test-node.ts";
import { type TestServer, testServer } from "../../testing/test-server.ts";

/** After this time, a request no longer counts as running, and the log has forgotten the ids of its events. */
const LATER_MS = 300_000;

let server: TestServer;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  server = await started();
});
afterEach(() => {
  vi.useRealTimers();
});

async function started(): Promise<TestServer> {
  const made = await testServer();
  await withViews(made.node.backbone);
  return made;
}

async function post(path: string, payload: unknown, key?: string, method: "POST" | "PUT" = "POST") {
  const headers = {
    authorization: `Bearer ${server.token}`,
    "content-type": typeof payload === "string" ? "text/csv" : "application/json",
    ...(key !== undefined && { "idempotency-key": key }),
  };
  const body = payload === undefined ? {} : { payload: payload as object };
  const answer = await server.app.inject({ method, url: `/api/${path}`, headers, ...body });
  const found = { status: answer.statusCode, location: answer.headers.location, body: answer.body };
  return { ...found, json: answer.json<Json>() };
}

async function created(path: string, payload?: unknown): Promise<Json> {
  const answer = await post(path, payload);
  expect(answer.status, answer.body).toBeLessThan(300);
  return answer.json;
}

async function counts(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for await (const { type } of server.node.backbone.log.read({ stream: "FLEET" })) found[type] = (found[type] ?? 0) + 1;
  return found;
}

/** Members of an answer that the cases read as text. A case that reads another type converts it. */
interface Json {
  readonly id: string;
  readonly key: string;
  readonly code: string;
  readonly token: string;
  readonly secret: string;
  readonly items: unknown;
}

interface Call {
  readonly path: string;
  readonly body?: unknown;
  readonly method?: "PUT";
  /** Whether each run gives a different answer: see {@link ended}. */
  readonly isNew?: true;
  readonly works?: (answer: Json) => Promise<unknown>;
}

const device = () => created("devices", { id: "d" });
const person = async () => (await created("people", { email: "ann@example.org", role: "viewer" })).id;
const wanted = { clientId: "c", userName: "u", device: { id: "p" }, generateActivationKey: true };
const tokenOf = (id: string, token: string) => server.node.credentials.verify(id, token);
const firstOf = <Item>(list: unknown) => (list as readonly Item[])[0];
const secretWorks = ({ token }: Json) => server.node.fleet.provisioner.enrolments.verify(token, "any-device");

const WEBHOOK = { kind: "webhook", url: "https://hook.example/in" };
async function signsWith({ secret }: Json): Promise<true | undefined> {
  const { backbone, fleet } = server.node;
  const entity = definitionEntity({ account: "main", name: "hook" });
  const last = await backbone.log.last("channel", entity);
  const { definition } = (last as RecordedEvent<ChannelDefined>).data;
  const settings = await fleet.channels.settings(entity, definition.settings);
  return settings?.kind === "webhook" && settings.secret === secret ? true : undefined;
}

/** One case for each call that takes an idempotency key: `METHOD /path` as in the description. */
const CALLS: Readonly<Record<string, () => Promise<Call>>> = {
  "/api/devices": async () => ({
    path: "devices",
    body: { id: "pump", name: "Pump", tags: ["a"] },
    works: ({ token }) => tokenOf("pump", token),
  }),
  "/api/devices, a new id and certificate": async () => ({
    path: "devices",
    body: { dialect: "libpyiotcloud" },
    isNew: true,
  }),
  "/api/devices/batch": async () => ({
    path: "devices/batch",
    body: { devices: [{ id: "a" }, { id: "b" }, { dialect: "libpyiotcloud" }, { dialect: "libpyiotcloud" }] },
    works: ({ items }) => tokenOf("a", firstOf<{ token: string }>(items)?.token ?? ""),
  }),
  "/api/devices/{id}/token": async () => {
    await device();
    return { path: "devices/d/token", body: { overlap: "1h" }, works: ({ token }) => tokenOf("d", token) };
  },
  "/api/devices/{id}/certificates": async () => {
    await device();
    return { path: "devices/d/certificates", body: {}, isNew: true };
  },
  "/api/provision-requests": async () => ({ path: "provision-requests", body: wanted }),
  "/api/provision-requests/{id}/activation-key": async () => {
    const { id } = await created("provision-requests", wanted);
    return { path: `provision-requests/${id}/activation-key` };
  },
  "/api/enrolment-groups": async () => ({
    path: "enrolment-groups",
    body: { name: "Meters", quota: 3 },
    works: secretWorks,
  }),
  "/api/enrolment-groups/{id}/token": async () => {
    const { id } = await created("enrolment-groups", { name: "Meters", quota: 3 });
    return { path: `enrolment-groups/${id}/token`, body: { overlap: "1h" }, works: secretWorks };
  },
  "/api/claim-codes": async () => ({ path: "claim-codes", body: { count: 3 } }),
  "/api/claims": async () => {
    await created("accounts", { id: "north", name: "North" });
    await device();
    const { items } = await created("claim-codes", { devices: [{ id: "d" }] });
    const code = firstOf<{ code: string }>(items)?.code;
    return { path: "claims", body: { code, account: "north", name: "Mine", tags: ["t"] } };
  },
  "/api/accounts": async () => ({ path: "accounts", body: { id: "south", name: "South", limits: { devices: 3 } } }),
  "/api/people": async () => {
    (server.context as { mails: boolean }).mails = true;
    return { path: "people", body: { email: "bob@example.org", role: "viewer" } };
  },
  "/api/people/{id}/link": async () => {
    const id = await person();
    const find = ({ code }: Json) => server.node.fleet.codes.find(id, ["invitation"], code);
    return { path: `people/${id}/link`, works: find };
  },
  "/api/people/{id}/email-link": async () => {
    (server.context as { mails: boolean }).mails = true;
    const id = await person();
    const find = ({ code }: Json) => server.node.fleet.codes.find(id, ["email-change"], code);
    return { path: `people/${id}/email-link`, body: { email: "ann@example.com" }, works: find };
  },
  "/api/api-keys": async () => ({
    path: "api-keys",
    body: { name: "k", role: "viewer" },
    works: ({ key }) => server.node.fleet.apiKeys.verify(key),
  }),
  "/api/scans": async () => ({ path: "scans", body: { to: { filter: {} } } }),
  "/api/devices/{id}/updates": async () => {
    const login = { clientId: "g", userName: "u", password: "correct-horse-battery" };
    await created("devices", { dialect: "tpedm", login });
    const askedAt = new Date().toISOString();
    const update = { catalogue: "c", package: "firmware", category: "firmware", state: "available", askedAt } as const;
    const updates = [{ ...update, available: "2.0", url: "https://vendor.example/p.yaml" }];
    const command = { type: "RecordScanned", device: "g", reason: "hand", scan: "s", updates, failures: [] } as const;
    await recordScanned(server.node.fleet, partCaller("tests"), command, { account: "main", id: "scanned" });
    return { path: "devices/g/updates", body: {} };
  },
  "/api/channels/{id}": async () => ({ path: "channels/hook", body: WEBHOOK, method: "PUT", works: signsWith }),
  "/api/channels/{id}, a new key": async () => {
    await post("channels/hook", WEBHOOK, undefined, "PUT");
    const body = { ...WEBHOOK, rotateSecret: true };
    return { path: "channels/hook", body, method: "PUT", works: signsWith };
  },
  "/api/imports": async () => ({ path: "imports", body: "id,name\na,one\nb,two\n" }),
  "/api/certificate-authorities": async () => {
    const { code } = await created("certificate-authorities/codes", {});
    const sealer = sealerOf(randomBytes(32));
    const own = certificateAuthority({ buckets: memoryBackbone().buckets, sealer });
    const [{ certificate }] = (await own.trusted()) as [TrustedIssuer];
    const verification = (await own.issue(code, { make: "P-256" })).certificate;
    return { path: "certificate-authorities", body: { name: "Plant", certificate, code, verification } };
  },
};
const NAMES = Object.keys(CALLS);

/** The process ends after the request was performed, before its answer is kept. */
function crashBeforeAnswerIsKept(): void {
  const { keptAnswers } = server.context;
  const keep = vi.spyOn(keptAnswers, "keep");
  keep.mockImplementationOnce(() => Promise.reject(new Error("crashed")));
}

/** The log stores the request's `nth` event, and does not answer. False if the request has no such event. */
function loseAppend(nth: number): () => boolean {
  const { log } = server.node.backbone;
  const append = log.append.bind(log);
  let count = 0;
  log.append = async (...given) => {
    const appended = await append(...given);
    if (++count === nth) throw new FleetError("log-unavailable", "the log has not answered");
    return appended;
  };
  return () => {
    log.append = append;
    return count >= nth;
  };
}

function added(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const types = Object.keys(after).filter((type) => after[type] !== before[type]);
  return Object.fromEntries(types.map((type) => [type, (after[type] ?? 0) - (before[type] ?? 0)]));
}

/** Leaves out the certificates of interrupted runs, which the next run has revoked. */
function ended(events: Record<string, number>, call: Call): Record<string, number> {
  const { DeviceCertificateIssued: issued = 0, DeviceCertificateRevoked: revoked = 0, ...others } = events;
  if (issued === 0) return others;
  expect(revoked === 0 || call.isNew === true || call.path === "devices/batch").toBe(true);
  return { ...others, DeviceCertificateIssued: issued - revoked };
}

describe("a request with an idempotency key", () => {
  it("is tested here for every call that takes one", async () => {
    const { paths } = (await server.app.inject({ url: "/api/openapi.json" })).json<{
      paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
    }>();
    const taking = Object.entries(paths).flatMap(([path, operations]) =>
      Object.values(operations).some(({ parameters }) =>
        parameters?.some(({ name }) => name.toLowerCase() === "idempotency-key"),
      )
        ? [path]
        : [],
    );
    const tested = new Set(NAMES.map((name) => name.split(",")[0] ?? ""));
    // A command's id follows from its key.
    expect(taking.filter((path) => path !== "/api/devices/{id}/commands").sort()).toEqual([...tested].sort());
  });

  it.each(NAMES)("makes nothing twice if a crash loses the answer: %s", async (name) => {
    const call = (await CALLS[name]?.()) as Call;
    const before = await counts();
    crashBeforeAnswerIsKept();
    const first = await post(call.path, call.body, "k", call.method);
    expect(first.status, first.body).toBeLessThan(300);
    const once = ended(added(before, await counts()), call);
    vi.setSystemTime(Date.now() + LATER_MS);
    const second = await post(call.path, call.body, "k", call.method);
    expect(second.status, second.body).toBe(first.status);
    if (call.isNew !== true) expect(second.body).toBe(first.body);
    expect(ended(added(before, await counts()), call)).toEqual(once);
    if (call.works !== undefined) expect(await call.works(second.json)).toBeDefined();
    // The second answer was kept, so a third request receives the same one, also if each run gives a different answer.
    expect((await post(call.path, call.body, "k", call.method)).body).toBe(second.body);
  });

  it.each(NAMES)("makes nothing twice after an append without an answer: %s", async (name) => {
    const events = async (): Promise<Record<string, number>> => {
      const call = (await CALLS[name]?.()) as Call;
      const before = await counts();
      await post(call.path, call.body, "k", call.method);
      return ended(added(before, await counts()), call);
    };
    const once = await events();
    expect(Object.keys(once).length).toBeGreaterThan(0);
    for (let nth = 1; nth <= 8; nth++) {
      server = await started();
      const call = (await CALLS[name]?.()) as Call;
      const before = await counts();
      const wasLost = loseAppend(nth);
      const first = await post(call.path, call.body, "k", call.method);
      if (!wasLost()) return;
      vi.setSystemTime(Date.now() + LATER_MS);
      const second = await post(call.path, call.body, "k", call.method);
      expect(second.status, `append ${nth}: ${first.body} ${second.body}`).toBeLessThan(300);
      expect(ended(added(before, await counts()), call)).toEqual(once);
      if (call.works !== undefined) expect(await call.works(second.json)).toBeDefined();
    }
  });
});
