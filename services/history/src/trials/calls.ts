import {
  CATEGORIES,
  type Category,
  DEVICE_CATEGORIES,
  type DefinitionId,
  definitionId,
  FleetError,
  invalid,
  isLimited,
  MAIN_ACCOUNT,
  type Scope,
} from "@fleetlog/domain";
import {
  type CatalogueResource,
  type HeldVersions,
  StartTrialBody,
  TRIAL,
  type TrialReference,
  type TrialRequest,
  TriedProjection,
  type TriedScan,
  trialCalls,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { OwnedDevices } from "../access/devices.ts";
import { checkSelection, selectedDevices } from "../access/selected.ts";
import type { IsInScope } from "../access/visible.ts";
import type { Priority } from "../behind-live/priority.ts";
import type { Causation } from "../chains/causation.ts";
import { visibleIn } from "../export/call.ts";
import type { AsOf, Moment, PastDevices } from "../moments/as-of.ts";
import type { CallMoments } from "../moments/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import type { SpanReading } from "../spans/reading.ts";
import type { Duck } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { leaseInForce } from "./lease.ts";
import { runProjection } from "./projection.ts";
import { runTrial } from "./run.ts";
import { runScan } from "./run-scan.ts";
import { TriedCatalogue } from "./scan.ts";
import type { Job, Trials } from "./trials.ts";

const OF_DEVICES: ReadonlySet<Category> = new Set(DEVICE_CATEGORIES);
const DAY_MS = 86_400_000;
const MOST_MS = 7 * DAY_MS;

const LIMITS = {
  clocks: "Times are of the clocks of gateways and reactors, which can differ by a second or more.",
  timeout:
    "The log has sessions' openings and closings, not pings. A shorter time-out could have closed further sessions, of " +
    "which the log shows nothing, so a disconnection with a longer time-out than the tried one counts as unknown. For WebSocket, the time " +
    "of a device's last sign of life is known to within one ping interval; the earliest possible end is used.",
  lease:
    "The log has the loss of a gateway, not the renewals of its lease. A gateway that would have renewed a longer lease in " +
    "time is not recognised.",
  scan:
    "The log has what catalogues had for each device when it was compared, not the catalogues. A device whose versions have changed " +
    "since its newest scan (lookedAt) can differ for that reason.",
};

const milliseconds = Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_MS }));
const Request = Type.Object(
  {
    ...StartTrialBody.properties,
    presence: Type.Optional(
      Type.Object({ timeout: milliseconds, lease: milliseconds }, { additionalProperties: false }),
    ),
    projection: Type.Optional(
      Type.Object(
        { code: TriedProjection.properties.code, categories: Type.Array(Type.Enum([...CATEGORIES])) },
        { additionalProperties: false },
      ),
    ),
    ...{ scope: Type.Optional(CallScope), by: Type.String() },
  },
  { additionalProperties: false },
);
const Reference = Type.Object(
  { id: Type.String({ maxLength: 512 }), by: Type.String(), scope: Type.Optional(CallScope) },
  { additionalProperties: false },
);

export interface TrialCallOptions {
  /** Answers queries as of a moment; trials of scans need it. */
  readonly asOf: Pick<AsOf, "answer">;
  readonly trials: Trials;
  readonly devices: PastDevices;
  readonly moments: Pick<CallMoments, "resolve" | "newest">;
  readonly causation: Pick<Causation, "byIds">;
  readonly duck: Duck;
  readonly fleet: StoredHistory;
  /** The log; trials of projections read it. */
  readonly log: SpanReading;
  readonly owned: Pick<OwnedDevices, "load" | "get">;
  readonly priority: Priority;
}

/** Begins, reads and ends trials of settings on the history. */
export function trialCallsOf(options: TrialCallOptions): readonly Call[] {
  const { trials, asOf, devices, moments, causation, duck, fleet, log } = options;

  async function spanOf({ from, to }: TrialRequest): Promise<readonly [Moment, Moment]> {
    const end = to === undefined ? await moments.newest() : await moments.resolve(to, "to");
    if (from !== undefined) {
      const begin = await moments.resolve(from, "from");
      if (begin.seq > end.seq) throw invalid("from", "the beginning (from) must not be later than the end (to)");
      return [begin, end];
    }
    const dayBefore = new Date(Date.parse(end.at) - DAY_MS).toISOString();
    // If the log is younger than a day, the trial begins with the log.
    const begin = await moments.resolve(dayBefore, "from").catch((error: unknown) => {
      if (error instanceof FleetError && error.field === "from") return { seq: 0, at: dayBefore };
      throw error;
    });
    return [begin, end];
  }

  async function presenceTrial(
    request: TrialRequest,
    presence: NonNullable<TrialRequest["presence"]>,
    [from, to]: readonly [Moment, Moment],
    some: readonly string[] | undefined,
  ): Promise<string> {
    const span = { duck, fleet, after: from.seq, upTo: to.seq };
    if (presence.lease !== undefined) {
      const inForce = await leaseInForce(span);
      if (inForce !== undefined && presence.lease < inForce) {
        throw new FleetError(
          "invalid-request",
          `a lease of less than ${inForce / 1_000} s can't be tried: a gateway with this lease was lost in this ` +
            "span, and the log does not have the renewals of leases",
          { field: "presence" },
        );
      }
    }
    const limits = [
      LIMITS.clocks,
      ...(["timeout", "lease"] as const).filter((one) => presence[one] !== undefined).map((one) => LIMITS[one]),
    ];
    const run = (signal: AbortSignal, onProgress: (progress: number) => void) =>
      runTrial({ ...span, tried: presence, to, devices: some, causation, signal, onProgress });
    return JSON.stringify(trials.start({ ...ownedBy(request, fromOn(some, from)), about: { from, to, limits }, run }));
  }

  async function scanTrial(request: TrialRequest, scan: TriedScan): Promise<string> {
    const { scope, from, to } = request;
    if (from !== undefined)
      throw invalid("from", "the trial of a scan has only one moment: give the end (to), not the beginning (from)");
    const at = to === undefined ? await moments.newest() : await moments.resolve(to, "to");
    const { account, devices: some } = await scannedBy(request, at);
    // All that the caller learns about the replaced catalogue is which devices of the scope it is for.
    const replaced = scan.catalogue && (await catalogueAt(definitionId(account, scan.catalogue), at));
    const tried = new TriedCatalogue(scan, replaced || undefined);
    const run = (signal: AbortSignal, onProgress: (progress: number) => void) =>
      runScan({ asOf, tried, at, devices: some, account, scope, signal, onProgress });
    return JSON.stringify(
      trials.start({ ...ownedBy(request, fromOn(some, at)), about: { from: at, to: at, limits: [LIMITS.scan] }, run }),
    );
  }

  async function projectionTrial(
    request: TrialRequest,
    projection: NonNullable<TrialRequest["projection"]>,
    [from, to]: readonly [Moment, Moment],
    some: readonly string[] | undefined,
  ): Promise<string> {
    const { group, device, scope } = request;
    // Without a group or a device, only the scope limits the devices.
    const chosen = group === undefined && device === undefined ? undefined : some;
    const isWithin = await visibleIn(scope ?? {}, options.owned);
    const covered = chosen === undefined ? await coveredBy(scope, from, to) : fromOn(chosen, from);
    const isInScope: IsInScope | undefined =
      isWithin &&
      ((event, place) => (!OF_DEVICES.has(place.category) || covered.has(place.entity)) && isWithin(event, place));
    const asked = { log, ...projection, from, to, devices: chosen, isInScope, priority: options.priority };
    const run = (signal: AbortSignal, onProgress: (progress: number) => void) =>
      runProjection({ ...asked, signal, onProgress });
    return JSON.stringify(trials.start({ ...ownedBy(request, covered), about: { from, to, limits: [] }, run }));
  }

  /**
   * The devices that the scope sees, each with the sequence from which it sees events of the span. Some may have come
   * to the scope within the span.
   */
  async function coveredBy(scope: Scope | undefined, from: Moment, to: Moment): Promise<ReadonlyMap<string, number>> {
    const some = await devices.visibleDevices(scope, to.seq);
    if (scope === undefined || some === undefined) return new Map();
    const since = await devices.visibleFrom(scope, some);
    return new Map([...since].map(([device, seq]) => [device, Math.max(seq, from.seq)]));
  }

  async function catalogueAt(id: DefinitionId, at: Moment): Promise<CatalogueResource | null> {
    return (await asOf.answer("catalogues.get", id, undefined, at)) as CatalogueResource | null;
  }

  /**
   * The devices to compare, and the account of the tried catalogue, which is only for devices of that account: the
   * account of the requested device, or the requested account.
   */
  async function scannedBy(
    { group, account = MAIN_ACCOUNT, device, scope }: TrialRequest,
    at: Moment,
  ): Promise<{ readonly account: string; readonly devices: readonly string[] }> {
    if (device === undefined) {
      const listed = { account, ...(group !== undefined && { group }) };
      return { account, devices: await devices.devicesOf(listed, scope, at) };
    }
    const some = (await selectedDevices(devices, { device, scope }, at, at)) ?? [];
    const [held] = (await asOf.answer("updates.held", { ids: some }, scope, at)) as readonly HeldVersions[];
    return { account: held?.account ?? MAIN_ACCOUNT, devices: some };
  }

  /** @throws FleetError `not-found` once the caller no longer sees a device of the trial in the whole span */
  async function expectVisible({ id, scope, ...reference }: TrialReference): Promise<void> {
    if (scope === undefined || !isLimited(scope)) return;
    const owner = ownerOf({ ...reference, scope });
    const covered = [...trials.coverageOf(id, owner)];
    const since = await devices.visibleFrom(
      scope,
      covered.map(([device]) => device),
    );
    if (covered.every(([device, from]) => (since.get(device) ?? Number.POSITIVE_INFINITY) <= from)) return;
    trials.end(id, owner);
    throw new FleetError("not-found", `there is no trial ${id} any more, since a device of it has left your scope`, {
      field: "id",
      advice: "Start it again: it then has the devices that you see.",
    });
  }

  return [
    {
      name: TRIAL,
      request: Request,
      async answer(request: TrialRequest) {
        const { presence, projection, scan, group, account, device, scope } = request;
        if ([presence, projection, scan].filter((one) => one !== undefined).length !== 1) {
          throw invalid("presence", "give exactly one of presence, projection and scan");
        }
        if (scan !== undefined) {
          // For a scan, `account` needs no group: it is the account of the catalogue, too.
          if (device !== undefined) checkSelection({ group, account, device });
          return await scanTrial(request, scan);
        }
        checkSelection({ group, account, device });
        const [from, to] = await spanOf(request);
        const some = await selectedDevices(devices, { group, account, device, scope }, from, to);
        if (projection !== undefined) return await projectionTrial(request, projection, [from, to], some);
        return presenceTrial(request, presence ?? {}, [from, to], some);
      },
    },
    {
      name: trialCalls.read(trials.historian),
      request: Reference,
      async answer(reference: TrialReference) {
        await expectVisible(reference);
        return JSON.stringify(trials.read(reference.id, ownerOf(reference)));
      },
    },
    {
      name: trialCalls.end(trials.historian),
      request: Reference,
      async answer(reference: TrialReference) {
        trials.end(reference.id, ownerOf(reference));
        return "null";
      },
    },
  ];
}

/** The devices, each with the sequence of the moment, from which its history is read. */
function fromOn(devices: readonly string[] | undefined, { seq }: Moment): ReadonlyMap<string, number> {
  return new Map((devices ?? []).map((device) => [device, seq]));
}

function ownedBy(request: TrialRequest, devices: ReadonlyMap<string, number>): Pick<Job, "owner" | "devices"> {
  const isOfAll = request.scope === undefined || !isLimited(request.scope);
  return { owner: ownerOf(request), devices: isOfAll ? undefined : devices };
}

/** Identifies the caller and the scope: a trial that was begun with another scope is not accessible. */
function ownerOf({ by, scope = {} }: Pick<TrialReference, "by" | "scope">): string {
  return JSON.stringify([by, scope.accounts?.toSorted() ?? null, scope.tags?.toSorted() ?? null]);
}
