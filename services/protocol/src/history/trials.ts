import type { Scope } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { EVENT_CATEGORIES } from "../categories.ts";
import { UPDATE_STATES } from "../views/update-states.ts";
import { moment } from "./moment.ts";

/** The call with a {@link TrialRequest} that begins a trial. Answered with a {@link Trial}. */
export const TRIAL = "trial";

/** The calls with a {@link TrialReference}. They go to the one historian that has the trial. */
export const trialCalls = {
  read: (historian: string): string => `trial-read.${historian}`,
  end: (historian: string): string => `trial-end.${historian}`,
};

const duration = (description: string) => Type.Optional(Type.String({ maxLength: 24, description }));

export const TriedPresence = Type.Object(
  {
    timeout: duration(
      "Silence after which a session is closed, such as `90s`. It replaces 1.5 keep-alive times (MQTT) and four ping intervals " +
        "(WebSocket). Up to `7d`",
    ),
    lease: duration(
      "Instead of `FLEETLOG_LEASE_TTL`, such as `60s`. A dead gateway is declared lost after about twice this time. Up to `7d`",
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type TriedPresence = Static<typeof TriedPresence>;

export const TriedProjection = Type.Object(
  {
    code: Type.String({
      minLength: 1,
      maxLength: 65_536,
      description:
        "JavaScript that declares `function evolve(row, event)`, which returns the row after the event; undefined leaves the row unchanged, null removes it. " +
        "`function keyOf(event)` names the row, or undefined for an event that has none; default: the event's device",
    }),
    categories: Type.Optional(
      Type.Array(Type.Enum([...EVENT_CATEGORIES]), {
        minItems: 1,
        maxItems: EVENT_CATEGORIES.length,
        description: "Categories of the events. Default: all categories of devices that the caller may read",
      }),
    ),
  },
  { additionalProperties: false },
);
export type TriedProjection = Static<typeof TriedProjection>;

const name = (description?: string) =>
  Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: "^[^\\p{Cc}]*$",
    accepts: "text without control characters",
    ...(description !== undefined && { description }),
  });
const TriedPackage = Type.Object(
  {
    name: name(),
    category: Type.Enum(["firmware", "software"]),
    version: name(),
    build: Type.Optional(name()),
    models: Type.Optional(
      Type.Array(name(), { minItems: 1, maxItems: 64, description: "Patterns with `*`. Default: all models" }),
    ),
    needs: Type.Optional(
      Type.Record(Type.String(), name(), { maxProperties: 64, description: "The least versions of other packages" }),
    ),
    title: Type.Optional(name()),
    size: Type.Optional(Type.Integer({ minimum: 0 })),
    url: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048 })),
  },
  { additionalProperties: false },
);

export const TriedScan = Type.Object(
  {
    catalogue: Type.Optional(
      name(
        "Name of the account's catalogue that `packages` replaces; they are then tried on that catalogue's devices. If there was none of that name, they are tried beside the account's catalogues. Default: they replace all catalogues of the account",
      ),
    ),
    packages: Type.Array(TriedPackage, {
      maxItems: 2_000,
      description: "As `packages` of a catalogue of kind `fleetlog`",
    }),
  },
  { additionalProperties: false },
);
export type TriedScan = Static<typeof TriedScan>;

export const StartTrialBody = Type.Object(
  {
    presence: Type.Optional(TriedPresence),
    projection: Type.Optional(TriedProjection),
    scan: Type.Optional(TriedScan),
    from: Type.Optional(
      moment("Beginning of the span. Default: a day before the end. A scan has no span, only the moment `to`"),
    ),
    to: Type.Optional(moment("End of the span. Default: now")),
    group: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: "Only devices that the group had at the beginning or the end",
      }),
    ),
    account: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          "With `group`: the group's account. In a trial of a scan: the account of the catalogue and the devices; default: the account of `device`, or the caller's",
      }),
    ),
    device: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: "Only this device" })),
  },
  { additionalProperties: false },
);
export type StartTrialBody = Static<typeof StartTrialBody>;

/** A request for a trial. It has `presence`, `projection` or `scan`. */
export interface TrialRequest extends Omit<StartTrialBody, "presence" | "projection"> {
  /** Milliseconds. */
  readonly presence?: { readonly timeout?: number; readonly lease?: number };
  /** `categories` are those that the caller may read. */
  readonly projection?: Required<TriedProjection>;
  readonly scope?: Scope;
  /** Id of the caller. Nobody else may read the trial. */
  readonly by: string;
}

export interface TrialReference {
  readonly id: string;
  readonly by: string;
  /** The reader's scope now, which must equal the scope at the trial's start. */
  readonly scope?: Scope;
}

const Moment = Type.Object({ seq: Type.Integer({ description: "FLEET sequence" }), at: Type.String() });
const Time = Type.String({ description: "RFC 3339" });

export const TrialDifference = Type.Object({
  device: Type.String(),
  seq: Type.Integer({ description: "FLEET sequence of the event that disconnected the device" }),
  cause: Type.Enum(["timeout", "lease"], {
    description: "The setting that decided when the device counted as disconnected",
  }),
  disconnectedAt: Time,
  until: Type.Optional(Type.String({ description: "When its status changed next; absent if not within the span" })),
  outcome: Type.Enum(["avoided", "later", "after-span"], {
    description:
      "`avoided`: the device connected again before it would have counted as disconnected; `later`: it would have counted as " +
      "disconnected at `triedAt`; `after-span`: at the end of the span, it would still have counted as connected",
  }),
  triedAt: Type.Optional(Time),
});
export type TrialDifference = Static<typeof TrialDifference>;

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const TrialCounts = Type.Object({
  disconnections: count("All disconnections in the span, of any cause"),
  tried: count("All disconnections that would have happened in the span"),
  avoided: count("Disconnections that would not have happened"),
  later: count("Disconnections that would have happened later"),
  afterSpan: count("Disconnections that would not have happened before the end of the span"),
  unknown: count("Disconnections of which the log does not say enough; they are counted as they were"),
  devices: count("Devices with a difference"),
  silentMs: count(
    "Milliseconds, summed over all devices, in which they would have counted as connected although they had gone",
  ),
  commands: count("Commands that were issued to devices in that time"),
});
export type TrialCounts = Static<typeof TrialCounts>;

export const TrialRow = Type.Object({
  key: Type.String(),
  row: Type.Unknown({ description: "What `evolve` returned last, as JSON" }),
});
export type TrialRow = Static<typeof TrialRow>;

const TriedUpdate = Type.Object({
  state: Type.Enum(["available", "blocked", "unclear", "up-to-date"]),
  available: Type.Optional(Type.String({ description: "The newest version that can be installed" })),
  newest: Type.Optional(Type.String({ description: "The newest version that the catalogue has" })),
  needs: Type.Optional(Type.Array(Type.Object({ package: Type.String(), version: Type.String() }))),
});

export const TrialUpdate = Type.Object({
  device: Type.String(),
  package: Type.String(),
  category: Type.Enum(["firmware", "software"]),
  current: Type.Optional(Type.String({ description: "The device's version" })),
  before: Type.Optional(TriedUpdate),
  tried: Type.Optional(TriedUpdate),
  lookedAt: Type.Optional(Type.String({ description: "When the device was last scanned; that scan found `before`" })),
});
export type TrialUpdate = Static<typeof TrialUpdate>;

const states = (description: string) =>
  Type.Object(Object.fromEntries(UPDATE_STATES.map((state) => [state, Type.Optional(Type.Integer({ minimum: 1 }))])), {
    description,
  });
export const TrialScanned = Type.Object({
  account: Type.String({ description: "The account whose devices were compared" }),
  devices: count("Devices that were compared"),
  differing: count("Devices with a difference"),
  before: states("Devices by the state of their newest scan"),
  tried: states("Devices by the state with the tried catalogue"),
});
export type TrialScanned = Static<typeof TrialScanned>;

export const Trial = Type.Object({
  id: Type.String(),
  state: Type.Enum(["running", "done", "failed"]),
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  from: Moment,
  to: Moment,
  problem: Type.Optional(Type.String({ description: "Why it failed" })),
  differences: Type.Optional(Type.Array(TrialDifference, { description: "The first 1,000, in the order of the log" })),
  moreDifferences: Type.Optional(count("Differences that are not listed")),
  counts: Type.Optional(TrialCounts),
  meaning: Type.Optional(Type.Array(Type.String(), { description: "The counts in words" })),
  updates: Type.Optional(
    Type.Array(TrialUpdate, { description: "Of a scan: packages whose updates differ, the first 1,000 by device" }),
  ),
  moreUpdates: Type.Optional(count("Updates that are not listed")),
  scanned: Type.Optional(TrialScanned),
  rows: Type.Optional(Type.Array(TrialRow, { description: "Of a projection: the first 1,000" })),
  moreRows: Type.Optional(count("Rows that are not listed")),
  events: Type.Optional(count("Events that the projection was given")),
  limits: Type.Array(Type.String(), { description: "What the log can't say about this trial" }),
});
export type Trial = Static<typeof Trial>;
