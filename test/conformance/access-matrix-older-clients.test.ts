import { dialectRoutes } from "@fleetlog/gateway/testing";
import type { CommandResource } from "@fleetlog/protocol";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Board, registerBoard } from "../support/libpyiotcloud.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { createRequest } from "../support/provisioning.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { each, expectedIn, hiddenFrom, placesOf } from "./access-matrix/cells.ts";
import { alike, nowhere } from "./access-matrix/nowhere.ts";
import type { OlderCell, OlderRecipe, OlderShared } from "./access-matrix/older-systems/cell.ts";
import { LIBPYIOTCLOUD_CALLS, verdictOf } from "./access-matrix/older-systems/libpyiotcloud-calls.ts";
import { newGateway, TPEDM_CALLS } from "./access-matrix/older-systems/tpedm-calls.ts";
import { type Caller, everybody, Hall, type Invited, PLACES, type Place, WORLD } from "./access-matrix/people.ts";
import { type Answer, send } from "./access-matrix/send.ts";
import { differences, tableOf } from "./access-matrix/tables.ts";

const LIBPYIOTCLOUD = "REST calls of libpyiotcloud";
const TPEDM = "Calls of TPEDM's web API";
const TRUSTED: Caller & { readonly from: string } = {
  name: "trusted address",
  token: undefined,
  limited: false,
  nobody: false,
  from: "127.3.0.1",
};

let stack: Stack;
let mail: MailServer;
let hall: Hall;
let person: Invited;
let callers: readonly Caller[];
let ca: string;
const shared = new Map<Place, OlderShared>();
const boards: MqttClient[] = [];
let names = 0;

beforeAll(async () => {
  mail = await startMailServer();
  stack = await startStack({
    env: {
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "fleetlog@example.org",
      FLEETLOG_SIGN_UP: "open",
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_LIBPYIOTCLOUD_PORT: "0",
      FLEETLOG_TPEDM_PORT: "0",
      FLEETLOG_TPEDM_CLIENTS: TRUSTED.from,
    },
  });
  const { api } = stack;
  ca = await (await fetch(`${api.url}/api/authority`)).text();
  hall = new Hall(api, mail);
  await api.call("POST", "/api/accounts", { id: "elsewhere", name: "elsewhere" });
  for (const account of ["main", "elsewhere"])
    await api.call("PUT", `/api/channels/duty?account=${account}`, {
      kind: "email",
      to: ["duty@example.org"],
      devices: true,
    });
  person = await hall.withPassword(await hall.invite("viewer", { account: "main", word: "somebody" }));
  const { password: provisioning } = await createRequest(api, "a-newcomer");
  callers = await everybody(hall, api, { device: await api.register("a-device"), provisioning }, stack.nats.url);
  for (const place of PLACES) shared.set(place, await shareAt(place));
}, 120_000);
afterAll(async () => {
  for (const board of boards) await board.endAsync(true);
  await stack[Symbol.asyncDispose]();
  await mail.stop();
});

async function shareAt(place: Place): Promise<OlderShared> {
  const { api } = stack;
  const cell = cellOf(callers[0] as Caller, place);
  const [board, gateway] = [cell.name(), cell.name()];
  const { account, tag } = cell;
  await startBoard(await registerBoard(api, { name: board, account, tags: [tag] }));
  await newGateway(cell, gateway);
  const asked = { name: "rest", params: { method: "GET", path: "/device/general" } };
  const { body } = await api.call<CommandResource>("POST", `/api/devices/${gateway}/commands`, asked);
  return { board, gateway, message: body.id };
}

/** A board that answers each call with the call's own payload. */
async function startBoard({ id, certificate: cert, key }: Board): Promise<void> {
  const url = `mqtts://127.0.0.1:${stack.gateways[0]?.process.ready.mqttsPort}`;
  const client = await connectAsync(url, { ca, cert, key, clientId: id, username: "guest", password: "guest" });
  client.on("message", (topic, payload) => client.publish(`server/${topic}`, payload));
  await client.subscribeAsync(`${id}/#`);
  boards.push(client);
}

function cellOf(caller: Caller, place: Place): OlderCell {
  const { account, tag, word } = WORLD[place];
  return {
    ...{ caller, place, account, tag, hall, person, admin: stack.api },
    shared: shared.get(place) as OlderShared,
    name: () => `${word}-${++names}`,
    newName: () => `new-${++names}`,
    address: () => `new-${++names}@example.org`,
    async twin() {
      if (caller.nobody) return caller.token;
      const role = caller.name as Parameters<Hall["invite"]>[0];
      const invited = await hall.invite(role, { account: "main", word: "twin" }, caller.limited ? ["roof"] : undefined);
      return (await hall.logIn(await hall.withPassword(invited))).accessToken;
    },
  };
}

interface Port {
  readonly heading: string;
  readonly callers: readonly Caller[];
  readonly recipes: Readonly<Record<string, OlderRecipe>>;
  send(row: string, request: Awaited<ReturnType<OlderRecipe>>, caller: Caller): Promise<Answer>;
  verdictOf(answer: Answer): string;
  /** The parts of an answer that must be equal for a hidden target and one that does not exist. */
  comparable(text: string): string;
}

const portOf = (dialect: string) => stack.gateways[0]?.process.ready.dialectPorts?.[dialect];

/** The answers that differ from the table. */
async function wrongAnswers(port: Port): Promise<string[]> {
  const cells = [...tableOf(port.heading)].flatMap(([row, verdicts]) =>
    port.callers.flatMap((caller) => placesOf(caller).map((place) => ({ row, verdicts, cell: cellOf(caller, place) }))),
  );
  const prepared = await each(cells, async (one) => ({
    ...one,
    request: await (port.recipes[one.row] as OlderRecipe)(one.cell),
  }));
  const fence = `fence-${++names}`;
  await stack.api.register(fence);
  await eventually(async () => expect((await stack.api.device(fence)).id).toBe(fence));
  const answers = await each(prepared, async ({ row, verdicts, cell: { caller, place }, request }) => {
    const answer = await port.send(row, request, caller);
    const got = port.verdictOf(answer);
    const expected = expectedIn(verdicts, caller, place);
    const who = `${row}, ${caller.name}${caller.nobody ? "" : ` (${place})`}`;
    if (got !== expected) return [`${who}: ${got} instead of ${expected}: ${answer.text.slice(0, 300)}`];
    if (got === "404") {
      const nothing = await port.send(row, nowhere(request, place), caller);
      if (port.comparable(answer.text) !== port.comparable(nothing.text))
        return [`${who}: ${answer.text} unlike ${nothing.text}`];
    }
    const leak = got === "yes" && place !== "other" ? hiddenFrom(caller)?.exec(answer.text) : undefined;
    return leak ? [`${who} sees ${answer.text.slice(Math.max(0, leak.index - 100), leak.index + 100)}`] : [];
  });
  return answers.flat();
}

async function withoutRows(dialect: string, heading: string, recipes: object): Promise<string[]> {
  const table = tableOf(heading);
  const untried = [...table.keys()].filter((row) => !(row in recipes)).map((row) => `${row} is not tried`);
  const existing = (await dialectRoutes()).get(dialect) ?? [];
  const isWithMethod = [...table.keys()].some((row) => row.includes(" "));
  const calls = isWithMethod ? existing : existing.map((call) => call.split(" ")[1] ?? "");
  return [...differences(heading, table, [...new Set(calls)]), ...untried];
}

it("every port for older systems' programs has a table", async () => {
  expect([...(await dialectRoutes()).keys()]).toEqual(["libpyiotcloud", "tpedm"]);
});

it("every REST call of libpyiotcloud has a row, and takes GET and POST alike", async () => {
  expect(await withoutRows("libpyiotcloud", LIBPYIOTCLOUD, LIBPYIOTCLOUD_CALLS)).toEqual([]);
  const routes = new Set((await dialectRoutes()).get("libpyiotcloud"));
  const onlyOne = [...tableOf(LIBPYIOTCLOUD).keys()].filter((path) => !routes.has(`POST ${path}`));
  expect(onlyOne).toEqual(["/static/login.html"]);
});

it("every REST call of libpyiotcloud is answered as its row says", async () => {
  let count = 0;
  const url = `https://127.0.0.1:${portOf("libpyiotcloud")}`;
  const wrong = await wrongAnswers({
    heading: LIBPYIOTCLOUD,
    callers,
    recipes: LIBPYIOTCLOUD_CALLS,
    send(_row, { body, token, ...request }, caller) {
      const method = body === undefined || ++count % 2 === 0 ? "GET" : "POST";
      const shown = token ?? caller.token;
      const fields = body === undefined ? {} : { body: { ...body, ...(shown !== undefined && { token: shown }) } };
      return send(url, method, { ...request, ...fields, ca });
    },
    verdictOf,
    comparable: (text) => text,
  });
  expect(wrong).toEqual([]);
}, 300_000);

it("every call of TPEDM's web API has a row", async () => {
  expect(await withoutRows("tpedm", TPEDM, TPEDM_CALLS)).toEqual([]);
});

it("every call of TPEDM's web API is answered as its row says", async () => {
  const url = `http://127.0.0.1:${portOf("tpedm")}`;
  const wrong = await wrongAnswers({
    heading: TPEDM,
    callers: [...callers, TRUSTED],
    recipes: TPEDM_CALLS,
    send(row, request, caller) {
      const from = caller === TRUSTED ? { from: TRUSTED.from } : {};
      return send(url, row.split(" ")[0] ?? "", { ...request, ...from }, caller.token);
    },
    verdictOf: ({ status }) => (status < 300 ? "yes" : String(status)),
    comparable: alike,
  });
  expect(wrong).toEqual([]);
}, 120_000);
