import { invalid, type Scope } from "@fleetlog/domain";
import { AS_OF } from "@fleetlog/protocol";
import Type from "typebox";
import type { AsOf, Moment } from "../moments/as-of.ts";
import type { CallMoments } from "../moments/call-moments.ts";
import type { NewestReports } from "../reports/newest-reports.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";

const Request = Type.Object(
  {
    query: Type.String(),
    params: Type.Record(Type.String(), Type.Unknown()),
    at: Type.Union([Type.String({ maxLength: 64 }), Type.Integer()]),
    known: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Integer()])),
    scope: Type.Optional(CallScope),
  },
  { additionalProperties: false },
);

interface Request {
  readonly query: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly at: string | number;
  readonly known?: string | number;
  readonly scope?: Scope;
}

export interface AsOfCallOptions {
  readonly asOf: Pick<AsOf, "answer">;
  readonly moments: CallMoments;
  readonly reports: Pick<NewestReports, "of">;
}

/**
 * Answers queries as the views answered them at a moment. All pages of a list show the moment of the first page. A
 * later moment `known` changes only a device's reports, not the rows of views: no view folds events that have a time of
 * the device (a test checks that).
 */
export function asOfCall({ asOf, moments, reports }: AsOfCallOptions): Call {
  return {
    name: AS_OF,
    request: Request,
    async answer({ query, params: given, at, known: asked, scope }: Request) {
      const { params, seq } = placeIn(given, at);
      const moment = await moments.resolve(seq ?? at);
      const known = asked === undefined ? undefined : await moments.resolve(asked, "known");
      if (known !== undefined && known.seq < moment.seq)
        throw invalid("known", "the later moment (known) must not be before the moment itself (at)");
      const result = await asOf.answer(query, params, scope, moment);
      const ofDevice = query === "devices.get" && known !== undefined && result !== null;
      return JSON.stringify({
        ...{ seq: moment.seq, at: moment.at, known },
        ...(ofDevice && {
          reports: await reports.of({
            device: String(params.id),
            // Not the time of FLEET's newest event before the requested time: telemetry may lie between the two.
            at: typeof at === "string" ? at : moment.at,
            known: typeof asked === "string" ? { seq: known.seq, at: asked } : known,
            scope,
          }),
        }),
        result: withMoment(result, moment),
      });
    },
  };
}

const PLACES = ["cursor", "within"] as const;
const PLACE = /^(\d{1,15})-(.+)$/s;

/** The params with the view's own cursors, and the sequence of the page from which the cursors come. */
function placeIn(given: Request["params"], at: Request["at"]): { params: Request["params"]; seq?: number } {
  const params = { ...given };
  let seq = typeof at === "number" ? at : undefined;
  for (const name of PLACES) {
    if (typeof given[name] !== "string") continue;
    const [, digits, cursor] = PLACE.exec(given[name]) ?? [];
    if (digits === undefined) throw invalid(name, `${name} was not returned by a list of the past`);
    if (Number(digits) !== (seq ?? Number(digits))) throw invalid(name, `${name} belongs to a list as of ${digits}`);
    seq = Number(digits);
    params[name] = cursor;
  }
  return { params, ...(seq !== undefined && { seq }) };
}

function withMoment(result: unknown, { seq }: Moment): unknown {
  const { next } = (result ?? {}) as { readonly next?: unknown };
  return typeof next === "string" ? { ...(result as object), next: `${seq}-${next}` } : result;
}
