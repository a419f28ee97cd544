import type { FoundUpdate } from "@fleetlog/domain";
import { beforeEach, expect, it } from "vitest";
import { personCaller } from "../caller.ts";
import { registerDevice } from "../devices/register.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { recordScanned } from "./scans.ts";
import { sendUpdate } from "./send.ts";

const NOW = Date.parse("2026-01-02T03:04:05.000Z");
const operator = testCaller("lee", "c2");
const login = { clientId: "gw-1", userName: "line-1", password: "correct-horse-battery" };
const update = (name: string, more: Partial<FoundUpdate> = {}): FoundUpdate => ({
  ...{ catalogue: "moxa", package: name, category: name === "firmware" ? "firmware" : "software" },
  ...{
    state: "available",
    available: "2.0",
    url: `https://v.example/${name}.yaml`,
    askedAt: "2026-01-02T03:04:05.000Z",
  },
  ...more,
});

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
  await registerDevice(fleet, operator, { dialect: "tpedm", login });
  await registerDevice(fleet, operator, { id: "native-1" });
});

async function found(...updates: readonly FoundUpdate[]): Promise<void> {
  const command = { type: "RecordScanned", device: "gw-1", reason: "hand", scan: "s1", updates, failures: [] } as const;
  await recordScanned(fleet, operator, command, { account: "main", id: "e1" });
}
const send = (more: object = {}, by = operator) => sendUpdate(fleet, by, { device: "gw-1", ...more }, NOW);

it("a sent update is the command of an available package, firmware before software", async () => {
  await found(update("firmware"), update("thingspro"));
  expect(await send()).toMatchObject({
    ...{ name: "update", device: "gw-1", deadline: "2026-01-02T05:04:05.000Z" },
    params: { package: "firmware", category: "firmware", version: "2.0", url: "https://v.example/firmware.yaml" },
  });
  expect(await send({ package: "thingspro", deadline: "30m", reason: "asked for" })).toMatchObject({
    ...{ deadline: "2026-01-02T03:34:05.000Z", reason: "asked for", params: { package: "thingspro" } },
  });
});

it("a sent update is refused while the same package is being installed", async () => {
  await found(update("firmware"));
  const { id } = await send();
  await expect(send()).rejects.toMatchObject({ code: "update-unavailable", message: expect.stringContaining(id) });
});

it("a sent update is accepted from only one of two requests at the same moment", async () => {
  await found(update("firmware"), update("thingspro"));
  const [first, second, other] = await Promise.allSettled([send(), send(), send({ package: "thingspro" })]);
  expect([first?.status, second?.status].sort()).toEqual(["fulfilled", "rejected"]);
  const refused = [first, second].find((one) => one?.status === "rejected") as PromiseRejectedResult;
  expect(refused.reason).toMatchObject({ code: "update-unavailable", field: "package" });
  expect(other).toMatchObject({ status: "fulfilled" });
  expect(await fleet.events("CommandIssued")).toHaveLength(2);
});

it.each<[string, readonly FoundUpdate[], object, string]>([
  ["that no scan has found", [], {}, "no scan has found"],
  ["of another name", [update("firmware")], { package: "none" }, "no scan has found"],
  ["of another catalogue", [update("firmware")], { catalogue: "other" }, "no scan has found"],
  ["without an address", [update("firmware", { url: "ftp://v.example" })], {}, "no address of firmware"],
  [
    "that needs another first",
    [update("thingspro", { state: "blocked", needs: [{ package: "firmware", version: "1.5" }] })],
    {},
    "needs firmware 1.5 first",
  ],
  ["that the device has", [update("firmware", { state: "up-to-date" })], {}, "firmware is up-to-date"],
])("a sent update is refused for a package %s", async (_, updates, asked, message) => {
  await found(...updates);
  await expect(send(asked)).rejects.toMatchObject({
    code: "update-unavailable",
    message: expect.stringContaining(message),
  });
  expect(await fleet.events("CommandIssued")).toEqual([]);
});

it("a sent update is refused for devices of other dialects, unknown devices, and people who may only read", async () => {
  await expect(send({ device: "native-1" })).rejects.toMatchObject({ code: "dialect-mismatch" });
  await expect(send({ device: "none" })).rejects.toMatchObject({ code: "device-unknown" });
  await found(update("firmware"));
  await expect(send({}, personCaller(person("vi", "viewer"), "c4"))).rejects.toMatchObject({ code: "forbidden" });
  const limited = personCaller({ ...person("bo"), scope: { tags: ["roof"] } }, "c3");
  await expect(send({}, limited)).rejects.toMatchObject({ code: "device-unknown" });
});
