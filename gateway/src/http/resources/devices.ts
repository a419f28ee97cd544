import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { DEVICE_ID_ACCEPTS, FleetError, invalid, isDeviceId, parseDeviceId, type Scope } from "@fleetlog/domain";
import {
  accountFor,
  changeDevice,
  type QueryOptions,
  type Registered,
  registerDevice,
  registerDevices,
  retireDevice,
  revisionOf,
  rotateToken,
} from "@fleetlog/fleet";
import {
  ChangeDeviceBody,
  DeviceDetail,
  DevicePage,
  DeviceResource,
  DeviceStatus,
  Evidence,
  FleetSummary,
  LastRefused,
  ListDevicesQuery,
  MAX_REGISTRATIONS,
  MAX_ROWS,
  profileFault,
  RegisterDeviceBody,
  RegisterDevicesBody,
  RegisteredDevice,
  RegisteredDevices,
  RotatedToken,
  RotateToken,
  RotateTokenBody,
  SessionResource,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../access/authorize.ts";
import type { HttpContext } from "../context.ts";
import { IfMatch, revisionsIn } from "../input/if-match.ts";
import { NoQuery } from "../input/no-query.ts";
import { overlapFrom } from "../input/overlap.ts";
import { readerOptions } from "../input/reader-options.ts";
import { callerOf } from "./caller.ts";
import { DEVICE_EXAMPLES } from "./examples.ts";
import { lastRefusedOf } from "./last-refused.ts";
import { newCredential } from "./new-credential.ts";
import type { HttpResource } from "./resource.ts";

const tags = ["devices"];
const ById = Type.Object({ id: Type.String({ description: `A device's id: ${DEVICE_ID_ACCEPTS}` }) });
/** Ids that are paths: `/devices/summary` and `/devices/rows`. */
const RESERVED_IDS = new Set(["summary", "rows"]);
/** Number of rows that always fit into one answer of the views. */
const ROWS_AT_ONCE = 64;

const RowsQuery = Type.Object(
  {
    ids: Type.Array(Type.String(), {
      maxItems: MAX_ROWS,
      description: `Up to ${MAX_ROWS} ids separated by commas; ids without a device are left out`,
    }),
  },
  { additionalProperties: false },
);
const Rows = Type.Object({ items: Type.Array(DeviceResource) });

export const devices: HttpResource = {
  tag: "devices",
  description: "The registry, joined with the state of each device's connection",
  schemas: {
    DeviceStatus,
    Session: SessionResource,
    Evidence,
    Device: DeviceResource,
    LastRefused,
    DeviceDetail,
    DevicePage,
    DeviceRows: Rows,
    FleetSummary,
    RotateToken,
    RegisteredDevice,
    RotatedToken,
    RegisterDevice: RegisterDeviceBody,
    RegisterDevices: RegisterDevicesBody,
    RegisteredDevices,
    ChangeDevice: ChangeDeviceBody,
  },
  examples: DEVICE_EXAMPLES,
  prefix: "/api",
  routes: deviceRoutes,
};

function deviceRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, notifiedSeq, clock, basePath = "/" } = context;
  const { log, views } = fleet;
  /** Reset when the log is away, because another log may replace it. */
  let written = 0;
  const forgetStatus = log.onStatus((status) => {
    if (status === "away") written = 0;
  });
  const newest = (): number => Math.max(written, notifiedSeq());

  async function rows(ids: readonly string[], scope: Scope): Promise<DeviceResource[]> {
    const parts: string[][] = [];
    for (let i = 0; i < ids.length; i += ROWS_AT_ONCE) parts.push(ids.slice(i, i + ROWS_AT_ONCE));
    const found = parts.map((part) =>
      views.query("devices.rows", { ids: part }, { scope, ...readerOptions(newest()) }),
    );
    return (await Promise.all(found)).flat();
  }

  async function detail(
    id: string,
    scope: Scope,
    atLeast = 0,
    whenAway: NonNullable<QueryOptions["whenAway"]> = "wait",
  ): Promise<DeviceDetail> {
    const [device, session, command, configuration, lastRefused] = await Promise.all([
      log.last("device", id),
      log.last("session", id),
      log.last("command", id),
      log.last("configuration", id),
      lastRefusedOf(log, id),
    ]);
    const lasts = [device, session, command, configuration].map((event) => event?.seq ?? 0);
    const last = Math.max(atLeast, newest(), ...lasts);
    const options = { scope, ...readerOptions(last), whenAway };
    const found = device === undefined ? null : await views.query("devices.get", { id }, options);
    if (found === null) throw new FleetError("device-unknown", `there is no device ${id}`, { field: "id" });
    const fault = found.profile === undefined ? undefined : profileFault(found.profile);
    return {
      ...found,
      ...(fault !== undefined && { profileFault: fault }),
      // An earlier refusal was of another device with this id.
      ...(lastRefused !== undefined && lastRefused.at >= found.registeredAt && { lastRefused }),
    };
  }

  return async (app) => {
    app.addHook("onClose", async () => forgetStatus());
    app.post(
      "/devices",
      {
        config: { action: "device.register", idempotent: true },
        schema: {
          operationId: "registerDevice",
          summary: "Register a device",
          tags,
          body: RegisterDeviceBody,
          response: { 201: RegisteredDevice },
          problems: [
            "device-exists",
            "login-taken",
            "provision-request-exists",
            "account-unknown",
            "limit-reached",
            "conflict",
            "log-full",
          ],
          hasLocation: true,
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { id: given = "", dialect } = request.body;
        if (RESERVED_IDS.has(given)) throw invalid("id", `the id ${given} is reserved`);
        const registered = await registerDevice(fleet, callerOf(request), request.body);
        const { id, seq } = registered;
        written = Math.max(written, seq);
        const credential = await newCredential(fleet, callerOf(request), registered, dialect);
        // The token is only in this answer, which must not fail because a view is behind.
        const device = await detail(id, scopeFor(request), seq, "fail").catch(() =>
          justRegistered(
            id,
            request.body,
            accountFor(callerOf(request), "device.register", request.body.account),
            callerOf(request).by,
            seq,
          ),
        );
        return reply
          .status(201)
          .header("location", `${basePath}api/devices/${id}`)
          .header("etag", etagOf(device))
          .send({ ...device, ...credential });
      },
    );

    app.post(
      "/devices/batch",
      {
        config: { action: "device.register", idempotent: true },
        schema: {
          operationId: "registerDevices",
          summary: `Register up to ${MAX_REGISTRATIONS} devices`,
          description:
            "Each device is registered or refused on its own; the answer has the results in the order of the request. " +
            "If the request is sent again, the devices that were registered get `device-exists`.",
          tags,
          body: RegisterDevicesBody,
          response: { 200: RegisteredDevices },
        },
      },
      async (request) => {
        const given = request.body.devices;
        const results = await registerDevices(fleet, callerOf(request), given.map(notReserved));
        const items = results.map((result, index) => itemOf(given[index]?.id ?? "", result));
        for (const { seq = 0 } of items) written = Math.max(written, seq);
        return { items, registered: items.filter(({ error }) => error === undefined).length };
      },
    );

    app.get(
      "/devices",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listDevices",
          summary: "List devices",
          tags,
          querystring: ListDevicesQuery,
          response: { 200: DevicePage },
          problems: ["group-unknown", "view-unavailable"],
        },
      },
      (request) => views.query("devices.list", request.query, { scope: scopeFor(request), ...readerOptions(newest()) }),
    );

    app.get(
      "/devices/summary",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "summarizeFleet",
          summary: "Counts of the fleet",
          tags,
          querystring: NoQuery,
          response: { 200: FleetSummary },
          problems: ["view-unavailable"],
        },
      },
      (request) => views.query("devices.summary", {}, { scope: scopeFor(request), ...readerOptions(newest()) }),
    );

    app.get(
      "/devices/rows",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listDeviceRows",
          summary: "Rows of a list by their ids",
          tags,
          querystring: RowsQuery,
          response: { 200: Rows },
          problems: ["view-unavailable"],
        },
      },
      async (request) => {
        return {
          items: await rows(
            request.query.ids.filter((id) => isDeviceId(id)),
            scopeFor(request),
          ),
        };
      },
    );

    app.get(
      "/devices/:id",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "getDevice",
          summary: "One device",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: DeviceDetail },
          problems: ["device-unknown", "view-unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const device = await detail(parseDeviceId(request.params.id), scopeFor(request));
        return reply.header("etag", etagOf(device)).send(device);
      },
    );

    app.patch(
      "/devices/:id",
      {
        config: { action: "device.change" },
        schema: {
          operationId: "changeDevice",
          summary: "Change a device's name, tags, type or account",
          tags,
          params: ById,
          headers: IfMatch,
          body: ChangeDeviceBody,
          response: { 200: DeviceDetail },
          problems: [
            "device-unknown",
            "device-retired",
            "account-unknown",
            "limit-reached",
            "precondition-failed",
            "conflict",
            "view-unavailable",
            "log-full",
          ],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const id = parseDeviceId(request.params.id);
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq } = await changeDevice(fleet, callerOf(request), id, { ...request.body, ifRevision });
        written = Math.max(written, seq);
        const device = await detail(id, scopeFor(request), seq);
        return reply.header("etag", etagOf(device)).send(device);
      },
    );

    app.post(
      "/devices/:id/token",
      {
        config: { action: "device.rotate-token", idempotent: true },
        schema: {
          operationId: "rotateDeviceToken",
          summary: "Replace a device's token",
          description:
            "The old token ends at once, and with it the session that was opened with it. With `overlap` it stays valid for that time. At most two tokens are valid, the new one and the one that it replaces: replacing a token again during the overlap ends the oldest one at once. Retiring the device ends both.",
          tags,
          params: ById,
          body: RotateTokenBody,
          response: { 200: RotatedToken },
          problems: ["device-unknown", "device-retired", "dialect-mismatch", "conflict", "log-full"],
        },
      },
      async (request) => {
        const overlapMs = overlapFrom(request.body?.overlap);
        const until = overlapMs === 0 ? undefined : clock() + overlapMs;
        const { seq, token } = await rotateToken(fleet, callerOf(request), parseDeviceId(request.params.id), until);
        written = Math.max(written, seq);
        return { token, ...(until !== undefined && { previousUntil: new Date(until).toISOString() }) };
      },
    );

    app.delete(
      "/devices/:id",
      {
        config: { action: "device.retire" },
        schema: {
          operationId: "retireDevice",
          summary: "Retire a device: its session and credentials end, its history stays",
          tags,
          params: ById,
          response: { 204: Type.Null() },
          problems: ["device-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { seq } = await retireDevice(fleet, callerOf(request), parseDeviceId(request.params.id));
        written = Math.max(written, seq);
        return reply.status(204).send(null);
      },
    );
  };
}

/** Makes a reserved id invalid, so that only this device of the batch is refused. */
function notReserved(device: RegisterDeviceBody): RegisterDeviceBody {
  return RESERVED_IDS.has(device.id ?? "") ? { ...device, id: "" } : device;
}

function itemOf(id: string, result: Registered): RegisteredDevices["items"][number] {
  if (!(result instanceof FleetError)) {
    const { id, seq, token } = result;
    return { id, seq, ...(token !== "" && { token }) };
  }
  const { code, message, field, advice } = result;
  return { id, error: { code, detail: message, ...(field && { field }), ...(advice && { advice }) } };
}

/** Depends only on properties that people may change. A device's own reports do not change the ETag. */
function etagOf(device: DeviceDetail): string {
  return `"${revisionOf({ ...device, type: device.typeSet })}"`;
}

function justRegistered(id: string, body: RegisterDeviceBody, account: string, by: string, seq: number): DeviceDetail {
  const now = new Date().toISOString();
  return {
    id,
    ...(body.name !== undefined && { name: body.name }),
    account,
    tags: body.tags ?? [],
    ...(body.type !== undefined && { type: body.type, typeSet: body.type }),
    ...(body.dialect !== undefined && { dialect: body.dialect }),
    registeredAt: now,
    registeredBy: by,
    status: "never-connected",
    since: now,
    seq,
    evidence: [],
    pendingCommands: [],
  };
}
