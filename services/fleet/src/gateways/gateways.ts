import {
  type GatewayCommand,
  type GatewayEvent,
  type GatewayLost,
  type GatewayState,
  gatewayDecider,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Loaded, Outcome } from "../writer/decision.ts";

type Dependencies = Pick<Fleet, "log" | "writer">;
type GatewayOutcome = Outcome<GatewayState, GatewayEvent>;

/** @param incarnations of this process; if the newest event is about one of them, it is recorded as the cause */
export function recordGateway(
  { log, writer }: Dependencies,
  command: Extract<GatewayCommand, { type: "StartGateway" | "StopGateway" }>,
  incarnations: ReadonlySet<string>,
): Promise<GatewayOutcome> {
  const { gateway } = command;
  const newest = newestEvent(log, gateway);
  return writer.record({
    decider: gatewayDecider,
    load: newest.load,
    command,
    entity: gateway,
    metadata: () => {
      const last = newest.event;
      return last !== undefined && incarnations.has(last.data.incarnation) ? { causationid: last.id } : {};
    },
  });
}

/** Declares a running incarnation lost. Appends nothing after the signal is aborted. */
export function declareGatewayLost(
  { log, writer }: Dependencies,
  lost: GatewayLost["data"],
  signal: AbortSignal,
): Promise<GatewayOutcome> {
  const { gateway, incarnation } = lost;
  const newest = newestEvent(log, gateway);
  return writer.record({
    decider: gatewayDecider,
    load: newest.load,
    command: { type: "DeclareGatewayLost", ...lost },
    entity: gateway,
    // The cause is the incarnation's GatewayStarted, which is the newest event while it runs.
    metadata: () => ({
      id: `${incarnation}/lost`,
      ...(newest.event !== undefined && { causationid: newest.event.id }),
    }),
    signal,
  });
}

interface NewestEvent {
  readonly event: RecordedEvent<GatewayEvent> | undefined;
  readonly load: () => Promise<Loaded<GatewayState>>;
}

/** Loads a gateway's newest event, which is enough to decide. */
function newestEvent(log: Fleet["log"], gateway: string): NewestEvent {
  let event: RecordedEvent<GatewayEvent> | undefined;
  return {
    get event() {
      return event;
    },
    load: async () => {
      event = (await log.last("gateway", gateway)) as RecordedEvent<GatewayEvent> | undefined;
      return stateAfter(event);
    },
  };
}

function stateAfter(last: RecordedEvent<GatewayEvent> | undefined): Loaded<GatewayState> {
  if (last === undefined) return { state: gatewayDecider.initial, lastSeq: 0 };
  const running = { status: "running", incarnation: last.data.incarnation } as const;
  return { state: gatewayDecider.evolve(running, last), lastSeq: last.seq };
}
