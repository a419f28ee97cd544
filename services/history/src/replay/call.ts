import { CATEGORIES, FleetError, invalid, isDeviceId } from "@fleetlog/domain";
import { IncarnationEnds } from "@fleetlog/log";
import { REPLAY, type ReplayHead, type ReplayMoment, type ReplayRequest } from "@fleetlog/protocol";
import { parseMoment } from "@fleetlog/runtime";
import Type from "typebox";
import type { OwnedDevices } from "../access/devices.ts";
import { visibleIn } from "../export/call.ts";
import type { CallMoments } from "../moments/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import type { SpanReading } from "../spans/reading.ts";
import { spanOf } from "../spans/span.ts";
import { mergedLines } from "./merged.ts";

export interface ReplayCallOptions {
  readonly log: SpanReading;
  readonly devices: Pick<OwnedDevices, "load" | "get">;
  readonly moments: Pick<CallMoments, "resolve" | "newest">;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Maximum number of replays at a time. Each needs some MiB. */
  readonly most?: number;
}

const MOST = 32;
const At = Type.Union([Type.String({ maxLength: 64 }), Type.Integer({ minimum: 0 })]);
const Place = Type.Object(
  { FLEET: Type.Integer({ minimum: 0 }), TELEMETRY: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
);
const Request = Type.Object(
  {
    from: At,
    to: Type.Optional(At),
    after: Type.Optional(Place),
    categories: Type.Array(Type.Enum([...CATEGORIES])),
    device: Type.Optional(Type.String({ maxLength: 128 })),
    events: Type.Boolean(),
    scope: Type.Optional(CallScope),
  },
  { additionalProperties: false },
);

/** The events of a span in the order of time, read as the gateway requests them. */
export function replayCall({ log, devices, moments, now = Date.now, most = MOST }: ReplayCallOptions): Call {
  const ends = new IncarnationEnds(log);
  let running = 0;

  async function momentOf(asked: string | number | undefined, field: string): Promise<ReplayMoment> {
    if (asked === undefined) return { seq: (await moments.newest()).seq, at: new Date(now()).toISOString() };
    const { seq, at } = await moments.resolve(asked, field);
    const time = typeof asked === "string" ? parseMoment(asked) : undefined;
    return { seq, at: time === undefined ? at : new Date(time).toISOString() };
  }

  return {
    name: REPLAY,
    request: Request,
    async answer({ from: begin, to: end, after, categories, device, events, scope = {} }: ReplayRequest) {
      if (device !== undefined && !isDeviceId(device)) throw invalid("device", `${device} is not the id of a device`);
      if (running >= most) throw busy();
      const from = await momentOf(begin, "from");
      const to = await momentOf(end, "to");
      if (from.seq > to.seq || from.at > to.at)
        throw invalid("from", "the beginning (from) must not be later than the end (to)");
      const telemetry = await spanOf(log, { stream: "TELEMETRY", from: from.at, to: to.at, skipMissing: true });
      const isInScope = await visibleIn(scope, devices);
      const upTo = { FLEET: to.seq, TELEMETRY: telemetry.to };
      const place = { FLEET: from.seq, TELEMETRY: Math.max(0, telemetry.from - 1) };
      const head: ReplayHead = { from, to, place };
      const lines = mergedLines({
        ...{ log, categories, entity: device, ends, after: after ?? place, upTo, isInScope, events },
        skipMissing: true,
      });
      return (async function* () {
        running += 1;
        try {
          yield `${JSON.stringify(head)}\n`;
          yield* lines;
        } finally {
          running -= 1;
        }
      })();
    },
  };
}

function busy(): FleetError {
  return new FleetError("history-unavailable", "the historian has too many replays at the moment", {
    retryAfterMs: 5_000,
  });
}
