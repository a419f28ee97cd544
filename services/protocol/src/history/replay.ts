import type { Category, Scope } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { moment } from "./moment.ts";

/** The historian's call that sends the events of a span in the order of time. */
export const REPLAY = "replay";

/** Path of a replay's WebSocket. */
export const REPLAY_PATH = "/api/history/replays/{id}/stream";

const MAX_SPEED = 1_000_000;
const speed = Type.Number({
  exclusiveMinimum: 0,
  maximum: MAX_SPEED,
  description: "Seconds of history in a second",
});
const device = Type.String({
  minLength: 1,
  maxLength: 128,
  description: "Only events of this device, and of gateways that ended its sessions",
});

export const StartReplay = Type.Object(
  {
    from: moment("The begin; the first event is the one after it"),
    to: Type.Optional(moment("The end. Default: now")),
    speed: Type.Optional({ ...speed, default: 1 }),
    device: Type.Optional(device),
    content: Type.Optional(
      Type.Enum(["events", "positions"], {
        default: "events",
        description: "`positions`: only how far the replay is, for clients that load the past by themselves",
      }),
    ),
  },
  { additionalProperties: false },
);
export type StartReplay = Static<typeof StartReplay>;

const at = Type.String({ description: "RFC 3339" });
const seq = Type.Integer({ description: "FLEET sequence of the newest event up to there" });
const ReplayMoment = Type.Object({ at, seq });
export type ReplayMoment = Static<typeof ReplayMoment>;

export const Replay = Type.Object({
  id: Type.String({ description: "Names the span, the speed and the device. It does not expire" }),
  stream: Type.String({ description: "Path of the WebSocket" }),
  from: ReplayMoment,
  to: ReplayMoment,
  speed,
  device: Type.Optional(device),
});
export type Replay = Static<typeof Replay>;

/** The gateway's messages on the WebSocket, each a text frame with JSON. */
export const ReplayPosition = Type.Object({
  type: Type.Literal("position"),
  state: Type.Enum(["playing", "paused", "ended"]),
  speed,
  at,
  seq,
  from: at,
  to: at,
});
export type ReplayPosition = Static<typeof ReplayPosition>;

export const ReplayEvents = Type.Object({
  type: Type.Literal("events"),
  items: Type.Array(Type.Unknown({ description: "A CloudEvent as stored, with its `stream` and `seq`" })),
});

export const ReplayProblem = Type.Object({
  type: Type.Literal("problem"),
  code: Type.String(),
  message: Type.String(),
  field: Type.Optional(Type.String()),
});
export type ReplayProblem = Static<typeof ReplayProblem>;

/** The client's messages. */
export const ReplayControl = Type.Union([
  Type.Object({ type: Type.Literal("play"), speed: Type.Optional(speed) }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal("pause") }, { additionalProperties: false }),
  Type.Object(
    { type: Type.Literal("step"), events: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 1 })) },
    { additionalProperties: false },
  ),
  Type.Object({ type: Type.Literal("seek"), to: moment("Within the span") }, { additionalProperties: false }),
]);
export type ReplayControl = Static<typeof ReplayControl>;

/** The newest sequence of each stream that was read. */
export interface ReplayPlace {
  readonly FLEET: number;
  readonly TELEMETRY: number;
}

export interface ReplayRequest {
  readonly from: string | number;
  /** Default: now. */
  readonly to?: string | number;
  /** Continues after these sequences, which are in the span. */
  readonly after?: ReplayPlace;
  readonly categories: readonly Category[];
  readonly device?: string;
  /** Whether lines contain the events themselves. */
  readonly events: boolean;
  readonly scope?: Scope;
}

/** The first line of the answer, as JSON. */
export interface ReplayHead {
  /** `at` is the requested time; for a sequence, the event's time. */
  readonly from: ReplayMoment;
  readonly to: ReplayMoment;
  readonly place: ReplayPlace;
}

/**
 * A further line of the answer: `stream sequence time event`, with the time in ms since 1970 and the event as JSON. If
 * events were not requested, the line ends after the time. A line without a time means that all events of the stream up
 * to the sequence were read.
 */
export interface ReplayLine {
  readonly stream: keyof ReplayPlace;
  readonly seq: number;
  readonly time: number | undefined;
  /** JSON; empty if events were not requested. */
  readonly event: string;
}

const LINE = /^(FLEET|TELEMETRY) (\d+)(?: (\d+)(?: (.*))?)?$/s;

export function replayLine({ stream, seq, time, event }: ReplayLine): string {
  const start = time === undefined ? `${stream} ${seq}` : `${stream} ${seq} ${time}`;
  return event === "" ? `${start}\n` : `${start} ${event}\n`;
}

export function parseReplayLine(line: string): ReplayLine {
  const [, stream, seq, time, event = ""] = LINE.exec(line) ?? [];
  if (stream === undefined) throw new TypeError("this is no line of a replay");
  return {
    stream: stream as keyof ReplayPlace,
    seq: Number(seq),
    time: time === undefined ? undefined : Number(time),
    event,
  };
}
