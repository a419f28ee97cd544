import { FleetError, invalid, isDeviceId, type Scope } from "@fleetlog/domain";
import { DIFF, type Diff, DiffQuery, type DiffRequest } from "@fleetlog/protocol";
import Type from "typebox";
import type { Moment, PastDevices } from "../as-of/as-of.ts";
import type { CallMoments } from "../as-of/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import { cursorOf, placeOf } from "./cursor.ts";
import type { Differences } from "./differences.ts";

const DEFAULT_LIMIT = 50;

const At = Type.Union([Type.String({ maxLength: 64 }), Type.Integer()]);
const Request = Type.Object(
  { ...DiffQuery.properties, from: At, to: Type.Optional(At), scope: Type.Optional(CallScope) },
  { additionalProperties: false },
);

export interface DiffCallOptions {
  readonly devices: PastDevices;
  readonly moments: CallMoments;
  readonly differences: Pick<Differences, "page">;
}

/** What changed between two moments, in which order, and what caused it. */
export function diffCall({ devices, moments, differences }: DiffCallOptions): Call {
  async function momentsOf(request: DiffRequest): Promise<readonly [Moment, Moment]> {
    const place = placeOf(request);
    const from = await moments.resolve(place?.from ?? request.from, "from");
    const at = place?.to ?? request.to;
    const to = at === undefined ? await moments.newest() : await moments.resolve(at, "to");
    if (from.seq > to.seq) throw invalid("from", "from is later than to");
    return [from, to];
  }

  /** Undefined: all. */
  async function devicesOf(request: DiffRequest, from: Moment, to: Moment): Promise<readonly string[] | undefined> {
    const { device, group, scope } = request;
    const visible = await devices.visibleDevices(scope, from.seq);
    if (device !== undefined) {
      const isVisible =
        visible === undefined ? isDeviceId(device) && (await devices.hasDevice(device)) : visible.includes(device);
      if (isVisible) return [device];
      throw new FleetError("device-unknown", `there is no device ${device}`, { field: "device" });
    }
    if (group === undefined) return visible;
    const members = await membersOf(request, [from, to], scope);
    if (visible === undefined) return members;
    const within = new Set(visible);
    return members.filter((member) => within.has(member));
  }

  /** Of the group at either moment. */
  async function membersOf(
    { group, account }: DiffRequest,
    [from, to]: readonly [Moment, Moment],
    scope: Scope | undefined,
  ): Promise<readonly string[]> {
    const params = { ...(group !== undefined && { group }), ...(account !== undefined && { account }) };
    const [first, second] = await Promise.allSettled(
      [from, to].map((moment) => devices.devicesOf(params, scope, moment)),
    );
    const isUnknown = (one: typeof first) =>
      one?.status === "rejected" && one.reason instanceof FleetError && one.reason.code === "group-unknown";
    for (const [one, other] of [
      [first, second],
      [second, first],
    ]) {
      if (one?.status === "rejected" && !(isUnknown(one) && other?.status === "fulfilled")) throw one.reason;
    }
    return [...new Set([first, second].flatMap((one) => (one?.status === "fulfilled" ? one.value : [])))];
  }

  return {
    name: DIFF,
    request: Request,
    async answer(request: DiffRequest) {
      const { group, account, device, change, cause, by, limit = DEFAULT_LIMIT } = request;
      if (group !== undefined && device !== undefined) throw invalid("device", "device and group exclude each other");
      if (account !== undefined && group === undefined) throw invalid("account", "account is only for a group");
      if (by !== undefined && cause === undefined) throw invalid("by", "by is only for a cause");
      const [from, to] = await momentsOf(request);
      const some = await devicesOf(request, from, to);
      const after = placeOf(request)?.after;
      const { last, ...found } = await differences.page({ from, to, devices: some, change, cause, by, limit, after });
      const next = last === undefined ? null : cursorOf({ from: from.seq, to: to.seq, after: last });
      return JSON.stringify({ from, to, ...found, next } satisfies Diff);
    },
  };
}
