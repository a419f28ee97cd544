import { registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { startViews } from "@fleetlog/projections/testing";
import { altered, fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, mutated, seeded } from "@fleetlog/runtime/testing";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { expect, it } from "vitest";
import { REQUEST_TIMEOUTS } from "../http/problems/before-routing.ts";
import { testServer } from "../testing/test-server.ts";
import type { HttpListener } from "./dialect.ts";
import { libpyiotcloudClients } from "./libpyiotcloud/clients/index.ts";
import { createDialectServer } from "./listening/http-server.ts";
import { tpedmClients } from "./tpedm/clients/index.ts";

const REQUESTS = fuzzMessages(300);
/**
 * The number of requests that run at once; many do, because some calls are slow. Some take a fixed time, so that an
 * answer does not tell which people exist. A call to a device that is not connected takes six seconds. A damaged
 * request may register such a device, and a later request may call it.
 */
const AT_ONCE = Math.min(Math.max(REQUESTS / 100, 20), 200);

/** The longest time to wait for an answer. */
const LONGEST_MS = 60_000;

interface Request {
  readonly url: string;
  readonly body: object;
}

/** A JSON value that no type conversion accepts. */
const UNREADABLE = { toString: 1 };
const PERSON = { username: "ada", token: "admin-token" };
const OF_LIBPYIOTCLOUD: readonly Request[] = [
  { url: "/signup", body: { username: "ada", password: "p", email: "x", givenname: "A", familyname: "L" } },
  { url: "/confirm_signup", body: { username: "ada", confirmationcode: "123456" } },
  { url: "/login", body: { username: "ada", otp: "1" } },
  { url: "/logout", body: { token: "fla_x" } },
  { url: "/forgot_password", body: { email: "nobody" } },
  { url: "/confirm_forgot_password", body: { username: "ada", confirmationcode: "1", password: "p" } },
  { url: "/get_user_info", body: PERSON },
  { url: "/register_device", body: { ...PERSON, devicename: "" } },
  { url: "/unregister_device", body: { ...PERSON, devicename: "none" } },
  { url: "/get_device_list", body: { username: "ada", token: UNREADABLE } },
  { url: "/get_device_list_count", body: { token: "admin-token" } },
  { url: "/get_device_index", body: { token: "admin-token", index: 3 } },
  { url: "/set_gpio", body: { token: "admin-token", devicename: "none", number: 12, value: 1 } },
  { url: "/trigger_notification", body: { token: "admin-token", devicename: "none", recipient: "a", message: "b" } },
];
const HEADERS = [{ "request-expired-time": "2020-11-12 11:45:26" }, { "request-id": "1" }];
const OF_TPEDM: readonly Request[] = [
  { url: "/api/device", body: { clientid: "", username: "u", password: "p" } },
  {
    url: "/api/emqx/clients/gw-1/message",
    body: { path: "/system/sshserver", method: "PUT", headers: HEADERS, requestBody: { data: 1 } },
  },
  {
    url: "/api/emqx/clients/gw-1/message",
    body: { path: "/system", method: "GET", headers: [{ "request-expired-time": UNREADABLE }], requestBody: null },
  },
];
const TYPES = [undefined, "application/json", "application/x-www-form-urlencoded", "text/plain", "x/y;charset=z"];

async function serverOf(listener: HttpListener): Promise<FastifyInstance> {
  const server = await testServer({ signUp: "open", mails: true, tpedmClients: { trusts: () => true } } as object);
  await startViews(server.node.backbone);
  const login = { clientId: "gw-1", userName: "u", password: "p" };
  await registerDevice(server.node.fleet, testCaller("admin", "c"), { dialect: "tpedm", login });
  return createDialectServer({ name: "fuzz" }, listener, server.context as never, {
    logger: pino({ level: "silent" }),
    bodyLimit: 10_000,
    timeouts: REQUEST_TIMEOUTS,
  });
}

async function inTime<T>(answered: Promise<T>, otherwise: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(otherwise)), LONGEST_MS);
  try {
    return await Promise.race([answered, promise]);
  } finally {
    clearTimeout(timer);
  }
}

it.each([
  ["libpyiotcloud", libpyiotcloudClients, OF_LIBPYIOTCLOUD, ["GET", "POST"]] as const,
  ["TPEDM", tpedmClients, OF_TPEDM, ["POST"]] as const,
])(
  "the port for programs of %s answers each damaged request without an internal error, and retains no memory",
  async (_, listener, requests, methods) => {
    const random = seeded(fuzzSeed(37));
    const app = await serverOf(listener);
    const statuses = new Map<number, number>();
    const one = async () => {
      const { url, body } = requests[random(requests.length)] as Request;
      const text = JSON.stringify(altered(random, body));
      const payload = random(3) === 0 ? mutated(random, Buffer.from(text)) : Buffer.from(text);
      const type = TYPES[random(TYPES.length)];
      const answered = app.inject({
        method: methods[random(methods.length)] ?? "POST",
        url,
        payload,
        ...(type !== undefined && { headers: { "content-type": type } }),
        // Each request comes from another network, so that none must wait because of the requests before it.
        remoteAddress: `10.${random(256)}.${random(256)}.1`,
      });
      const { statusCode, body: answer } = await inTime(answered, `${url} did not answer ${type} ${payload}`);
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      if (statusCode >= 500) throw new Error(`${url} answered ${statusCode} ${answer} to ${type} ${payload}`);
    };
    const some = async (count: number) => {
      let left = count;
      const oneAfterTheOther = async () => {
        while (left-- > 0) await one();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther));
    };
    await some(REQUESTS / 4);
    const growth = await heapGrowth(() => some((REQUESTS * 3) / 4));
    await app.close();
    expect(growth).toBeLessThan(MOST_GROWTH);
    expect(statuses.get(400)).toBeGreaterThan(REQUESTS / 50);
    expect(statuses.size).toBeGreaterThan(1);
  },
  3_600_000,
);
