import { CATEGORIES, DEVICE_CATEGORIES, FleetError, isLimited, type Scope } from "@fleetlog/domain";
import { CHAIN, type Chain, ChainQuery, type ChainRequest } from "@fleetlog/protocol";
import Type from "typebox";
import type { PastDevices } from "../moments/as-of.ts";
import type { CallMoments } from "../moments/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import type { Causation, ChangedField, LoggedEvent } from "./causation.ts";
import { chainOf, type FoundChain, visiblePart } from "./chain.ts";

const DEFAULTS = { depth: 20, limit: 200 };

const { as: _, ...query } = ChainQuery.properties;
const Request = Type.Object(
  {
    ...query,
    id: Type.String({ minLength: 1, maxLength: 1_024 }),
    scope: Type.Optional(CallScope),
    categories: Type.Array(Type.Enum([...CATEGORIES])),
  },
  { additionalProperties: false },
);

const OF_DEVICES: ReadonlySet<string> = new Set(DEVICE_CATEGORIES);
/** Events of this category are visible to all accounts, because accounts share gateways. */
const SHARED = "gateway";

export interface ChainCallOptions {
  readonly causation: Pick<Causation, "byIds" | "causedBy" | "changesOf">;
  readonly devices: Pick<PastDevices, "visibleFrom">;
  readonly moments: Pick<CallMoments, "newest">;
}

/** What caused an event, and what the event caused. */
export function chainCall({ causation, devices, moments }: ChainCallOptions): Call {
  /**
   * Whether the caller may see an event or change of a device: the scope sees the device today, and its history from
   * that sequence.
   */
  async function deviceFilter(
    scope: Scope | undefined,
    { events, changes }: FoundChain,
  ): Promise<(device: string, seq: number) => boolean> {
    if (scope === undefined || !isLimited(scope)) return () => true;
    const ids = [
      ...events.filter(({ category }) => OF_DEVICES.has(category)).map(({ entity }) => entity),
      ...changes.map(({ device }) => device),
    ];
    const from = await devices.visibleFrom(scope, [...new Set(ids)]);
    return (device, seq) => seq >= (from.get(device) ?? Number.POSITIVE_INFINITY);
  }

  return {
    name: CHAIN,
    request: Request,
    async answer({ id, depth = DEFAULTS.depth, limit = DEFAULTS.limit, scope, categories }: ChainRequest) {
      const unknown = new FleetError("not-found", `there is no event or command ${id}`, { field: "id" });
      await moments.newest();
      const found = await chainOf(causation, id, { depth, nodes: limit });
      if (found === undefined) throw unknown;
      const ofDevice = await deviceFilter(scope, found);
      const readable: ReadonlySet<string> = new Set(categories);
      const isVisible = {
        event: ({ category, entity, account, seq }: LoggedEvent) => {
          if (!readable.has(category)) return false;
          if (OF_DEVICES.has(category)) return ofDevice(entity, seq);
          if (category === SHARED || scope === undefined) return true;
          return scope.tags === undefined && (scope.accounts?.includes(account) ?? true);
        },
        change: ({ device, seq }: ChangedField) => ofDevice(device, seq),
      };
      if (!isVisible.event(found.start)) throw unknown;
      return JSON.stringify(visiblePart(found, isVisible, limit) satisfies Chain);
    },
  };
}
