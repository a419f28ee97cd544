import Type from "typebox";
import { describe, expect, it } from "vitest";
import * as protocol from "../index.ts";
import {
  ChangeDeviceBody,
  CommandResultPayload,
  checker,
  EventReport,
  IssueCommandBody,
  IssueCommandQuery,
  ListCommandsQuery,
  ListDevicesQuery,
  RegisterDeviceBody,
  ReplayControl,
  SignInBody,
  StartScanBody,
  Telemetry,
} from "../index.ts";

function errorOf(schema: Parameters<typeof checker>[0], value: unknown): readonly [field: string, message: string] {
  const checked = checker(schema)(value);
  if (checked.ok) throw new Error("the value is valid");
  return [checked.field, checked.message];
}

const NAME = "1 to 128 letters, digits, '_', '.', ':' or '-', beginning with a letter, a digit or '_'";
const STATES = "issued, delivered, completed, failed, expired, cancelled, open, ended";

describe("validation errors in words", () => {
  it.each([
    [IssueCommandBody, {}, "name", "name is required"],
    [RegisterDeviceBody, { login: { clientId: "a" } }, "login.userName", "login.userName is required"],
    [RegisterDeviceBody, 7, "body", "body must be an object"],
    [RegisterDeviceBody, null, "body", "body must be an object"],
    [RegisterDeviceBody, { id: 7 }, "id", "id must be text"],
    [RegisterDeviceBody, { id: "a", name: "" }, "name", "name must not be empty"],
    [
      RegisterDeviceBody,
      { id: "a", name: " " },
      "name",
      "name must be text that is not blank, without control characters",
    ],
    [RegisterDeviceBody, { id: "a", name: "x".repeat(129) }, "name", "name must have at most 128 characters"],
    [RegisterDeviceBody, { id: "a", tags: "x" }, "tags", "tags must be a list"],
    [
      RegisterDeviceBody,
      { id: "a", tags: ["x", "y z"] },
      "tags[1]",
      "tags[1] must be text without spaces, commas and control characters",
    ],
    [RegisterDeviceBody, { id: "a", tags: ["x", "x"] }, "tags", "tags must not hold the same item twice"],
    [RegisterDeviceBody, { id: "a", tags: Array(33).fill("x") }, "tags", "tags must hold at most 32 items"],
    [ChangeDeviceBody, {}, "body", "body must have at least one of name, tags, type, account, history"],
    [SignInBody, { token: "" }, "token", "token must not be empty"],
    [IssueCommandBody, { name: "a b" }, "name", `name must be ${NAME}`],
    [IssueCommandQuery, { wait: "ever" }, "wait", "wait must be a duration of at most 5m, such as 10s"],
    [ListDevicesQuery, { limit: 0 }, "limit", "limit must be from 1 to 1000"],
    [ListDevicesQuery, { limit: 1.5 }, "limit", "limit must be a whole number"],
    [ListDevicesQuery, { seenSince: "noon" }, "seenSince", "seenSince must be a moment such as 2026-01-31T12:00:00Z"],
    [ListCommandsQuery, { state: ["x"] }, "state[0]", `state[0] must be one of ${STATES}`],
    [ListCommandsQuery, { state: [] }, "state", "state must not be empty"],
    [Telemetry, { data: {}, seq: -1 }, "seq", "seq must be from 0 to 9007199254740991"],
    [Telemetry, { data: {}, seq: 2 ** 53 }, "seq", "seq must be from 0 to 9007199254740991"],
    [Telemetry, { data: {}, boot: 2 ** 53, seq: 1 }, "boot", "boot must be from 0 to 9007199254740991"],
    [Telemetry, { data: {}, boot: {} }, "boot", "boot must be text or a whole number"],
    [Telemetry, { data: {}, boot: "" }, "boot", "boot must not be empty"],
    [Type.Array(Telemetry), [{ data: {} }, { data: 1 }], "body[1].data", "body[1].data must be an object"],
    [Type.Array(Telemetry), [{}], "body[0].data", "body[0].data is required"],
    [EventReport, { name: "x", data: 1, boot: true }, "boot", "boot must be text or a whole number"],
  ] as const)("%#: %j", (schema, value, field, message) => {
    expect(errorOf(schema, value)).toEqual([field, message]);
  });

  it.each([
    [
      { nme: "x" },
      "nme",
      `unknown field "nme": did you mean name? Known are name, params, deadline, reason, unchecked`,
    ],
    [{ name: "x", q: 1 }, "q", `unknown field "q"; known are name, params, deadline, reason, unchecked`],
  ])("names the known fields: %j", (value, field, message) => {
    expect(errorOf(IssueCommandBody, value)).toEqual([field, message]);
  });

  it("names the object of an unknown field, and uses the given noun", () => {
    const inner = Type.Object({ at: Type.Object({ x: Type.Number() }, { additionalProperties: false }) });
    expect(errorOf(inner, { at: { x: 1, z: 1 } })[1]).toBe(`unknown field "z" in at; known are x`);
    const checked = checker(ListCommandsQuery, "query", "query parameter")({ stat: "open" });
    expect(checked).toMatchObject({
      message:
        'unknown query parameter "stat": did you mean state? Known are device, state, by, search, name, since, until, limit, cursor',
    });
    const empty = Type.Object({}, { additionalProperties: false });
    expect(errorOf(empty, { a: 1 })[1]).toBe('unknown field "a"; none is known here');
  });

  it("shortens long names in errors", () => {
    const [field, message] = errorOf(IssueCommandBody, { name: "x", ["y".repeat(100_000)]: 1 });
    expect(field.length).toBeLessThan(200);
    expect(message.length).toBeLessThan(300);
  });

  it.each([
    [{ ok: false }, "error is required"],
    [{ ok: false, error: { code: [], message: "" } }, "error.code must be text or a whole number"],
    [{ ok: false, error: { code: "x".repeat(129), message: "" } }, "error.code must have at most 128 characters"],
    [{ ok: 3 }, "ok must be true or false"],
    [{}, "ok is required"],
    ["done", "body must be an object"],
    [{ ok: true, error: { code: "E", message: "" } }, "error must be absent or null where ok is true"],
    [{ ok: true, result: 1, error: {} }, "error must be absent or null where ok is true"],
    [{ ok: false, error: { code: "E", message: "" }, result: 0 }, "result must be absent or null where ok is false"],
  ])("reports the error of a union's best matching form: %j", (value, message) => {
    expect(errorOf(CommandResultPayload, value)[1]).toBe(message);
  });

  it.each([
    [{ type: "fly" }, "type", "type must be one of play, pause, step, seek"],
    [{ type: "fly", speed: 2 }, "type", "type must be one of play, pause, step, seek"],
    [{ type: "play", speed: 0 }, "speed", "speed must be more than 0"],
    [{ type: "seek" }, "to", "to is required"],
    [{ type: "step", events: 0 }, "events", "events must be from 1 to 1000"],
  ])("names the constants of a union's forms: %j", (value, field, message) => {
    expect(errorOf(ReplayControl, value)).toEqual([field, message]);
  });

  it.each([
    [{ ok: true }],
    [{ ok: true, result: null, error: null }],
    [{ ok: false, error: { code: 1, message: "" }, result: null }],
  ])("accepts the result of a command with null for the other member: %j", (value) => {
    expect(checker(CommandResultPayload)(value).ok).toBe(true);
  });

  it.each([
    [{}, "to", "to must have exactly one of devices, group, filter"],
    [{ devices: ["d1"], group: "all" }, "to", "to must have exactly one of devices, group, filter"],
    [{ grup: "all" }, "to.grup", 'unknown field "grup" in to: did you mean group? Known are devices, group, filter'],
    [{ devices: [] }, "to.devices", "to.devices must not be empty"],
    [{ filter: { tga: "a" } }, "to.filter.tga", "did you mean tag?"],
    [7, "to", "to must be an object"],
  ])("names all alternatives of a union that fit equally badly: %j", (to, field, message) => {
    expect(errorOf(StartScanBody, { to })).toEqual([field, expect.stringContaining(message)]);
  });

  it("describes every pattern of the contract in words", () => {
    const unsaid: string[] = [];
    const look = (part: unknown, path: string): void => {
      if (typeof part !== "object" || part === null) return;
      const { pattern, accepts } = part as { pattern?: unknown; accepts?: unknown };
      if (typeof pattern === "string" && typeof accepts !== "string") unsaid.push(path);
      for (const [key, inner] of Object.entries(part)) look(inner, `${path}/${key}`);
    };
    for (const [name, schema] of Object.entries(protocol)) look(schema, name);
    expect(unsaid.filter((path) => !path.includes("/patternProperties"))).toEqual([]);
  });
});
