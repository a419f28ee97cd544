import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurn } from "@fleetlog/fleet";
import { DIALECTS, provisioningMqtt } from "@fleetlog/gateway/dialects";
import { apiRoutes } from "@fleetlog/gateway/testing";
import { FEED_TOPICS, WIRE_ERRORS } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { Browser } from "../support/browser.ts";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { CLIENT_ID, CLIENT_SECRET, startProvider, type TestProvider } from "../support/open-id/provider.ts";
import { createRequest } from "../support/provisioning.ts";
import { type RawWebSocket, refusalOf } from "../support/raw-websocket.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { artifactAt, CALLS, retireAdmitted, shareAt, UPLOADS } from "./access-matrix/calls.ts";
import { each, expectedIn, hiddenFrom, placesOf } from "./access-matrix/cells.ts";
import { CATALOGUE, CHANNEL } from "./access-matrix/definition-calls.ts";
import {
  credentials,
  METHOD_PARAMS,
  openMqtt,
  openWebSocket,
  PAYLOADS,
  type Ports,
  type Shown,
} from "./access-matrix/devices.ts";
import { alike, nowhere } from "./access-matrix/nowhere.ts";
import {
  type Caller,
  everybody,
  Hall,
  type Invited,
  keyHolders,
  PLACES,
  type Place,
  WORLD,
} from "./access-matrix/people.ts";
import { prepareAll } from "./access-matrix/prepared.ts";
import type { Cell, Shared } from "./access-matrix/recipe.ts";
import { send } from "./access-matrix/send.ts";
import { PAGES } from "./access-matrix/sign-in-calls.ts";
import { differences, type Table, tableOf } from "./access-matrix/tables.ts";

const HTTP = "HTTP calls";
const FEED = "Topics of the live feed";
const METHODS = "JSON-RPC methods";
const TOPICS = "MQTT topics";

let stack: Stack;
let mail: MailServer;
let folder: string;
let provider: TestProvider;
const authority = new Authority("Device CA");
let hall: Hall;
let callers: readonly Caller[];
const shared = new Map<Place, Shared>();
let names = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-matrix-"));
  mail = await startMailServer();
  const mails = { FLEETLOG_SMTP_URL: mail.url, FLEETLOG_MAIL_FROM: "fleetlog@example.org", FLEETLOG_SIGN_UP: "open" };
  provider = await startProvider(`${PAGES}/api/session/openid/callback`);
  const openId = {
    FLEETLOG_PUBLIC_URL: PAGES,
    FLEETLOG_OIDC_ISSUER: provider.issuer,
    FLEETLOG_OIDC_CLIENT_ID: CLIENT_ID,
    FLEETLOG_OIDC_CLIENT_SECRET: CLIENT_SECRET,
    FLEETLOG_OIDC_ROLES: "fleet-readers=viewer",
  };
  stack = await startStack({
    historians: 1,
    env: { ...(await tls()), ...mails, ...openId, FLEETLOG_EDGEBIND_PORT: "0" },
  });
  const { api } = stack;
  hall = new Hall(api, mail);
  for (const id of ["elsewhere", "south"]) await api.call("POST", "/api/accounts", { id, name: id });
  for (const account of ["main", "elsewhere"]) {
    await api.call("PUT", `/api/device-types/type-1?account=${account}`, { board: "B" });
    await api.call("PUT", `/api/groups/group-1?account=${account}`, { filter: { tag: "roof" } });
    await api.call("PUT", `/api/channels/channel-1?account=${account}`, CHANNEL);
    await api.call("PUT", `/api/catalogues/catalogue-1?account=${account}`, CATALOGUE);
  }
  const device = await api.register("a-device");
  const { password: provisioning } = await createRequest(api, "a-newcomer");
  [callers] = await Promise.all([
    everybody(hall, api, { device, provisioning }, stack.nats.url),
    ...PLACES.map(async (place) => shared.set(place, await shareAt(place, api, hall))),
  ]);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await mail.stop();
  await provider[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function tls(): Promise<Record<string, string>> {
  const { cert, key } = authority.issue({ names: ["gateway"], usage: "server" });
  const files = { CERT: cert, KEY: key, CLIENT_CA: authority.cert };
  const settings: Record<string, string> = { FLEETLOG_HTTPS_PORT: "0", FLEETLOG_MQTTS_PORT: "0" };
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, `${name}.pem`);
    await writeFile(file, text, { mode: 0o600 });
    settings[`FLEETLOG_TLS_${name}`] = file;
  }
  return settings;
}

const signers = new Map<string, Promise<Invited>>();
const twins = new Map<string, Promise<string | undefined>>();

function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = made.get(key) ?? make();
  made.set(key, found);
  return found;
}

async function twinOf(caller: Caller): Promise<string | undefined> {
  if (caller.nobody || caller.name === "owner's key") return undefined;
  const tags = caller.limited ? ["roof"] : undefined;
  const role = caller.name as Parameters<Hall["invite"]>[0];
  const person = await hall.withPassword(await hall.invite(role, { account: "main", word: "twin" }, tags));
  return (await hall.logIn(person)).accessToken;
}

function cellOf(caller: Caller, place: Place): Cell {
  const { api } = stack;
  const { account, tag, word } = WORLD[place];
  const name = () => `${word}-${++names}`;
  const device = async () => {
    const id = name();
    await api.call("POST", "/api/devices", { id, account, tags: [tag] });
    return id;
  };
  return {
    ...{ caller, place, account, tag, hall, name, device },
    definition: () => `${account}-${++names}`,
    admin: api,
    edgebind: `ws://127.0.0.1:${stack.gateways[0]?.process.ready.dialectPorts?.edgebind}`,
    shared: shared.get(place) as Shared,
    command: async () => (await api.command(await device(), { name: "go" })).body.id,
    artifact: () => inTurn(api, UPLOADS, () => artifactAt(api, name(), account)),
    person: () => hall.invite("viewer", { account, word: account }),
    signer: () =>
      once(signers, account, async () => hall.withPassword(await hall.invite("viewer", { account, word: account }))),
    twin: () => twinOf(caller),
    sharedTwin: () => once(twins, `${caller.name} ${caller.limited}`, () => twinOf(caller)),
  };
}

describe("every HTTP call", () => {
  it("has a row in verdicts.md", async () => {
    const { body } = await stack.api.call<{ paths: Record<string, object> }>("GET", "/api/openapi.json");
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const table = tableOf(HTTP);
    const all = new Set([...described, ...(await apiRoutes())]);
    expect(differences(HTTP, table, [...all])).toEqual([]);
    const untried = [...table.keys()].filter((row) => !(row in CALLS));
    expect(untried.map((row) => `${row} is not tried: add how to CALLS in access-matrix/calls.ts`)).toEqual([]);
  });

  it("is answered as its row says, and lists contain nothing hidden from the caller", async () => {
    const everyone = [...callers, ...(await keyHolders(hall))];
    const tries = await prepareAll(tableOf(HTTP), CALLS, everyone, cellOf);
    const fence = await cellOf(callers[0] as Caller, "own").device();
    await eventually(async () => expect((await stack.api.device(fence)).id).toBe(fence));
    const answers = await each(tries, async ({ row, caller, place, expected, ofPlace, request: prepared }) => {
      const { bodyNow, ...given } = prepared;
      const request = bodyNow === undefined ? given : { ...given, body: bodyNow() };
      const { statusIn, turn, token = caller.token } = request;
      const method = row.split(" ", 1)[0] ?? "";
      const sent = () => send(stack.api.url, method, request, token);
      const answer = await (turn === undefined ? sent() : inTurn(stack.api, turn, sent));
      const status = statusIn === undefined || answer.status >= 300 ? answer.status : statusIn(JSON.parse(answer.text));
      const got = status < 300 ? "yes" : String(status);
      const who = `${row}, ${caller.name}${caller.nobody ? "" : ` (${place})`}`;
      if (got !== expected) return [`${who}: ${got} instead of ${expected}: ${answer.text.slice(0, 300)}`];
      if (got === "404" && ofPlace) {
        const nothing = await send(stack.api.url, method, nowhere(request, place), token);
        if (alike(answer.text) !== alike(nothing.text)) return [`${who}: ${answer.text} unlike ${nothing.text}`];
      }
      const leak = got === "yes" && place !== "other" ? hiddenFrom(caller)?.exec(answer.text) : undefined;
      return leak ? [`${who} sees ${answer.text.slice(Math.max(0, leak.index - 100), leak.index + 100)}`] : [];
    });
    await retireAdmitted(stack.api);
    expect(answers.flat()).toEqual([]);
  }, 900_000);
});

describe("a list", () => {
  const limited = () => {
    const found = callers.find((caller) => caller.name === "operator" && caller.limited);
    return new Api(stack.api.url, found?.token ?? "");
  };
  const total = async (api: Api, query: string) => (await api.devices(`?limit=1${query}`)).total;

  it("finds and counts only items that a person limited to a tag may see", async () => {
    const api = limited();
    const visible = await total(stack.api, "&account=main&tag=roof");
    expect(visible).toBeGreaterThan(10);
    for (const query of ["", "&tag=roof", "&search=roof", "&account=main", "&status=never-connected"])
      expect([query, await total(api, query)]).toEqual([query, visible]);
    for (const query of ["&tag=cellar", "&search=cellar", "&search=elsewhere", "&account=elsewhere", "&account=south"])
      expect([query, await total(api, query)]).toEqual([query, 0]);
    expect((await api.call("GET", "/api/devices/summary")).body).toMatchObject({
      total: visible,
      tags: expect.not.arrayContaining([expect.objectContaining({ value: "cellar" })]),
    });
    const group = (await api.call("GET", "/api/groups/group-1")).body;
    expect(group).toMatchObject({ devices: visible });
    const commands = await api.call<{ items: { device: string }[]; total: number }>("GET", "/api/commands?limit=500");
    expect(commands.body.total).toBe(commands.body.items.length);
    expect(commands.body.items.filter(({ device }) => !device.startsWith("roof"))).toEqual([]);
    const hidden = shared.get("untagged")?.device ?? "";
    const ofHidden = await api.call("GET", `/api/commands?device=${hidden}`);
    expect(ofHidden.body).toMatchObject({ items: [], total: 0 });
    const rows = await api.call("GET", `/api/devices/rows?ids=${hidden},${shared.get("tagged")?.device}`);
    expect(rows.body).toMatchObject({ items: [{ id: shared.get("tagged")?.device }] });
  });

  it("omits a device that has lost the viewer's tag", async () => {
    const api = limited();
    const id = `roof-${++names}`;
    await stack.api.register(id, { tags: ["roof"] });
    const [device, events, found] = [`/api/devices/${id}`, `/api/devices/${id}/events`, `&search=${id}`];
    expect([(await api.call("GET", device)).status, (await api.call("GET", events)).status]).toEqual([200, 200]);
    await stack.api.call("PATCH", device, { tags: ["cellar"] });
    await eventually(async () => {
      const { status } = await api.call("GET", events);
      expect([(await api.call("GET", device)).status, status, await total(api, found)]).toEqual([404, 404, 0]);
    });
  });
});

describe("every topic of the live feed", () => {
  it("has a row in verdicts.md", () => {
    expect(differences(FEED, tableOf(FEED), [...FEED_TOPICS.keys()])).toEqual([]);
  });

  it("can be watched as its row says", async () => {
    const table = tableOf(FEED);
    const answers = await each(callers, async (caller) => {
      if (caller.nobody) return compared(table, () => refusedUpgrade(caller), caller, "own");
      const feed = await (await Browser.signedIn(stack.api.url, caller.token ?? "")).feed();
      const found: string[] = [];
      for (const place of placesOf(caller)) {
        const watch = (topic: string) =>
          feed.client.call("feed.watch", { topic, id: shared.get(place)?.device }).then(
            () => "yes",
            (error: { data: { code: keyof typeof WIRE_ERRORS } }) => String(WIRE_ERRORS[error.data.code].http),
          );
        found.push(...(await compared(table, watch, caller, place)));
      }
      feed.close();
      return found;
    });
    expect(answers.flat()).toEqual([]);
  });
});

describe("hints of the live feed", () => {
  it.each([true, false])(
    "name no rows to a person who may not see all devices (limited to tags: %s)",
    async (limited) => {
      const caller = callers.find((one) => one.name === "operator" && one.limited === limited);
      const feed = await (await Browser.signedIn(stack.api.url, caller?.token ?? "")).feed();
      const topics = ["devices", "commands", "configurations"] as const;
      await Promise.all(topics.map((topic) => feed.watch({ topic })));
      const own = await feed.watch({ topic: "device", id: shared.get("tagged")?.device ?? "" });
      for (const place of ["other", "untagged", "tagged"] as const) {
        const path = `/api/devices/${shared.get(place)?.device}`;
        await stack.api.call("PATCH", path, { name: `Hint ${place} ${limited}` });
        await stack.api.call("PUT", `${path}/configuration`, { values: { hint: limited } });
        await stack.api.call("POST", `${path}/commands`, { name: "go" });
      }
      await eventually(() => expect(feed.of(own).some(({ keys }) => keys?.includes("command"))).toBe(true));
      const others = feed.changes.filter(({ watch }) => watch !== own);
      expect(others.length).toBeGreaterThan(0);
      expect(others.filter(({ keys }) => keys !== null)).toEqual([]);
      feed.close();
    },
  );
});

async function compared(
  table: Table,
  actual: (row: string) => Promise<string>,
  caller: Caller,
  place: Place,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [row, verdicts] of table) {
    const expected = expectedIn(verdicts, caller, place);
    const got = await actual(row);
    if (got !== expected) wrong.push(`${row}, ${caller.name} (${place}): ${got} instead of ${expected}`);
  }
  return wrong;
}

let upgrades = 0;

async function refusedUpgrade({ token }: Caller): Promise<string> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // Many wrong tokens from one address get 429.
  const localAddress = `127.2.0.${(++upgrades % 250) + 1}`;
  return String((await refusalOf(`${stack.api.url.replace("http", "ws")}/live`, { headers, localAddress })).status);
}

describe("every method and topic of a device", () => {
  let shown: readonly Shown[];
  let ports: Ports;
  beforeAll(async () => {
    shown = await credentials(stack.api, authority, new Authority("Other CA"));
    const { httpsPort = 0, mqttsPort = 0 } = stack.gateways[0]?.process.ready ?? {};
    ports = { https: httpsPort, mqtts: mqttsPort, ca: authority.cert };
  });

  const triedOn = (protocol: "mqtt" | "websocket") =>
    shown.filter((one) => one.protocol === undefined || one.protocol === protocol);
  /** No command can be issued to a device that was retired, or is not provisioned yet. */
  const isUnknown = ({ kind, userName }: Shown) => kind.startsWith("retired") || userName !== undefined;
  const open = async (device: string) => (await stack.api.command(device, { name: "go" })).body.id;
  const native = DIALECTS.find(({ name }) => name === "native");
  const mqttTopics = [native?.mqtt, provisioningMqtt].flatMap((mqtt) => [
    ...(mqtt?.publishTopics ?? []).map(({ topic }) => `publish ${topic}`),
    ...(mqtt?.subscribeTopics ?? []).map(({ topic }) => `subscribe ${topic}`),
  ]);

  it("has a row in verdicts.md", async () => {
    const listed = new Set(["__listMethods"]);
    const newcomer = { ...(shown[0] as Shown), ...(await createRequest(stack.api, "lister")), device: "lister" };
    for (const one of [shown[0] as Shown, { ...newcomer, userName: "user-lister", token: newcomer.password }]) {
      const client = await openWebSocket(ports, one);
      if (one.userName !== undefined) await client?.call("rpc.login", METHOD_PARAMS["rpc.login"]?.(one, ""));
      const answer = (await client?.call("__listMethods")) as { result: string[] } | undefined;
      for (const method of answer?.result ?? []) listed.add(method);
      await client?.close();
    }
    expect(differences(METHODS, tableOf(METHODS), [...listed])).toEqual([]);
    expect(differences(TOPICS, tableOf(TOPICS), mqttTopics)).toEqual([]);
  });

  it("is answered over JSON-RPC as its row says", async () => {
    const answers = await each(triedOn("websocket"), async (one) => {
      const client = await openWebSocket(ports, one);
      return differing(METHODS, one, async (method) => {
        if (client === undefined) return "no";
        const command = method.startsWith("command.") && !isUnknown(one) ? await open(one.device) : "c1";
        const answer = await resultOf(client, method, METHOD_PARAMS[method]?.(one, command));
        return answer.error === undefined ? "yes" : "no";
      });
    });
    expect(answers.flat()).toEqual([]);
  });

  it("is answered over MQTT as its row says", async () => {
    const answers = await each(triedOn("mqtt"), async (one) => {
      const client = await openMqtt(ports, one);
      const wrong = await differing(TOPICS, one, async (row) => {
        if (client === undefined) return "no";
        const [verb, topic = ""] = row.split(" ");
        const send = async () =>
          verb === "subscribe"
            ? client.subscribeAsync(topic, { qos: 1 })
            : client.publishAsync(
                topic.replace(
                  "+",
                  !topic.includes("command") ? "opened" : isUnknown(one) ? "c1" : await open(one.device),
                ),
                JSON.stringify(PAYLOADS[topic]?.(one)),
                { qos: 1 },
              );
        // A provision request is acknowledged before it is accepted. Until it is accepted, progress is refused.
        const isEarly = topic === "provision/progress" && one.userName !== undefined;
        return (isEarly ? eventually(send) : send()).then(
          () => "yes",
          () => "no",
        );
      });
      await client?.endAsync(true);
      return wrong;
    });
    expect(answers.flat()).toEqual([]);
  });

  async function differing(heading: string, { kind }: Shown, actual: (row: string) => Promise<string>) {
    const wrong: string[] = [];
    for (const [row, verdicts] of tableOf(heading)) {
      const expected = verdicts.get(kind) ?? "missing in the table";
      const got = await actual(row);
      if (got !== expected) wrong.push(`${row}, ${kind}: ${got} instead of ${expected}`);
    }
    return wrong;
  }
});

async function resultOf(client: RawWebSocket, method: string, params: unknown): Promise<{ error?: unknown }> {
  let message = (await client.call(method, params)) as { id?: number; error?: unknown };
  while (message.id === undefined) message = (await client.next()) as { id?: number };
  return message;
}
