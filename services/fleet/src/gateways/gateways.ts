import {
  gateway as decider,
  type GatewayCommand,
  type GatewayEvent,
  type GatewayLost,
  type GatewayState,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { Fleet } from "../fleet.ts";
import type { Loaded, Outcome } from "../writer/decision.ts";
import { loadFromLog } from "../writer/load.ts";

type Dependencies = Pick<Fleet, "log" | "writer">;
type GatewayOutcome = Outcome<GatewayState, GatewayEvent>;

/**
 * Records that a gateway started or stopped.
 * @param incarnations all incarnations of this process: a previous event of one of them is recorded as this event's cause
 */
export function recordGateway(
  { log, writer }: Dependencies,
  command: Extract<GatewayCommand, { type: "StartGateway" | "StopGateway" }>,
  incarnations: ReadonlySet<string>,
): Promise<GatewayOutcome> {
  const { gateway } = command;
  let last: RecordedEvent<GatewayEvent> | undefined;
  return writer.record({
    decider,
    load: async () => {
      last = (await log.last("gateway", gateway)) as RecordedEvent<GatewayEvent> | undefined;
      return stateAfter(last);
    },
    command,
    entity: gateway,
    metadata: () => (last !== undefined && incarnations.has(last.data.incarnation) ? { causationid: last.id } : {}),
  });
}

/** Declares an incarnation lost if it still runs. Nothing is appended once the signal is aborted. */
export function declareGatewayLost(
  { log, writer }: Dependencies,
  lost: GatewayLost["data"],
  signal: AbortSignal,
): Promise<GatewayOutcome> {
  const { gateway, incarnation } = lost;
  let started: string | undefined;
  return writer.record({
    decider,
    load: async () => {
      // While it runs, its newest event is its GatewayStarted.
      started = (await log.last("gateway", gateway))?.id;
      return loadFromLog(log, decider, "gateway", gateway);
    },
    command: { type: "DeclareGatewayLost", ...lost },
    entity: gateway,
    metadata: () => ({ id: `${incarnation}/lost`, ...(started !== undefined && { causationid: started }) }),
    signal,
  });
}

/** A gateway's newest event is enough to decide its next one. */
function stateAfter(last: RecordedEvent<GatewayEvent> | undefined): Loaded<GatewayState> {
  if (last === undefined) return { state: decider.initial, lastSeq: 0 };
  const running = { status: "running", incarnation: last.data.incarnation } as const;
  return { state: decider.evolve(running, last), lastSeq: last.seq };
}
