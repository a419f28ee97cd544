import { invalid } from "@fleetlog/domain";
import { DIFF, type Diff, DiffQuery, type DiffRequest } from "@fleetlog/protocol";
import Type from "typebox";
import { checkSelection, selectedDevices } from "../access/selected.ts";
import { FIELDS } from "../changes/fields.ts";
import type { Moment, PastDevices } from "../moments/as-of.ts";
import type { CallMoments } from "../moments/call-moments.ts";
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

/** Answers what changed between two moments, in order, with the causes. */
export function diffCall({ devices, moments, differences }: DiffCallOptions): Call {
  async function momentsOf(request: DiffRequest): Promise<readonly [Moment, Moment]> {
    const place = placeOf(request);
    const from = await moments.start(place?.from ?? request.from);
    const at = place?.to ?? request.to;
    const to = at === undefined ? await moments.newest() : await moments.resolve(at, "to");
    if (from.seq > to.seq) throw invalid("from", "the beginning (from) must not be later than the end (to)");
    return [from, to];
  }

  return {
    name: DIFF,
    request: Request,
    async answer(request: DiffRequest) {
      const { group, account, device, scope, change, cause, by, limit = DEFAULT_LIMIT } = request;
      checkSelection({ group, account, device });
      if (by !== undefined && cause === undefined)
        throw invalid("by", "an author (by) can be given only together with the kind of cause (cause)");
      if (change !== undefined && !FIELDS.includes(change.split("/")[0] ?? "")) {
        throw invalid("change", `change must be one of ${FIELDS.join(", ")}, or a value below one: profile/firmware`);
      }
      const [from, to] = await momentsOf(request);
      const some = await selectedDevices(devices, { group, account, device, scope }, from, to);
      const after = placeOf(request)?.after;
      const { last, ...found } = await differences.page({ from, to, devices: some, change, cause, by, limit, after });
      const next = last === undefined ? null : cursorOf({ from: from.seq, to: to.seq, after: last });
      return JSON.stringify({ from, to, ...found, next } satisfies Diff);
    },
  };
}
