import { createHash, randomUUID } from "node:crypto";
import {
  type Command,
  type CommandIssued,
  commandEventId,
  command as decider,
  encodeToken,
  FleetError,
  type FleetEvent,
  hasEnded,
  type RecordedEvent,
  toEvent,
} from "@fleetlog/domain";
import { type Backbone, encodeEvent, handle } from "@fleetlog/log";
import { type LiveMessages, liveSubject, MAX_COMMAND_BYTES } from "@fleetlog/protocol";
import { announceEnded } from "../sessions/command-queue.ts";
import type { Frame } from "../sessions/frames.ts";
import { askViews } from "../views/ask.ts";
import { patiently } from "../views/patience.ts";
import { PATIENCE_MS } from "./patience.ts";
import type { CommandTail } from "./tail.ts";

/** After so long it is asked again whether somebody else was first; the log remembers ids for twice that. */
const LATE_MS = 60_000;

export interface IssueRequest {
  readonly device: string;
  readonly name: string;
  readonly params?: unknown;
  /** RFC 3339. */
  readonly deadline: string;
  readonly by: string;
  readonly reason?: string;
  readonly idempotencyKey?: string;
  readonly correlationid: string;
  readonly traceparent?: string;
  /** How long to wait for its end; 0 = do not. */
  readonly waitMs: number;
  /** Aborts the waiting, not the command. */
  readonly signal?: AbortSignal;
}

export interface CommandServiceOptions {
  readonly backbone: Backbone;
  readonly tail: CommandTail;
  readonly frame: Frame;
  readonly clock: () => number;
}

/** What operators do with commands. */
export class CommandService {
  readonly #options: CommandServiceOptions;

  constructor(options: CommandServiceOptions) {
    this.#options = options;
  }

  /**
   * Resolves once CommandIssued is in the log, or with `waitMs` once it has ended or the time is up.
   * @throws FleetError `device-unknown`, `device-retired`, `idempotency-key-reused`, `log-unavailable`, `log-full`,
   * `payload-too-large`, `invalid-request` (parameters nested too deep)
   */
  async issue(request: IssueRequest): Promise<Command> {
    const { tail } = this.#options;
    const { device, by, idempotencyKey, waitMs, signal } = request;
    await this.#mustExist(device);
    const id = idempotencyKey === undefined ? randomUUID() : idFor(by, device, idempotencyKey);
    const waiting = waitMs > 0 ? tail.wait(id, waitMs) : undefined;
    const abort = () => waiting?.stop();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const issued = await this.#record(id, request);
      if (waiting === undefined || hasEnded(issued)) return issued;
      waiting.known(issued);
      return (await waiting.ended) ?? issued;
    } finally {
      signal?.removeEventListener("abort", abort);
      waiting?.stop();
    }
  }

  /** @throws FleetError `command-unknown`, `command-ended` */
  async cancel(id: string, by: string, reason: string | undefined, correlationid: string): Promise<Command> {
    const { backbone, frame, tail } = this.#options;
    const found = await this.#view(id, tail.seq);
    if (found === null) throw new FleetError("command-unknown", `there is no command ${id}`, { field: "id" });
    const { device } = found;
    const { state, events } = await handle({
      log: backbone.log,
      decider,
      load: async () => {
        const lastSeq = (await backbone.log.last("command", device))?.seq ?? 0;
        const state = await this.#view(id, lastSeq);
        return { state: state ?? undefined, lastSeq };
      },
      command: { type: "CancelCommand", command: id, device, by, ...(reason !== undefined && { reason }) },
      patienceMs: PATIENCE_MS,
      frame: () => frame(device, { source: `/operators/${by}`, correlationid, causationid: commandEventId.issued(id) }),
    });
    if (events.length > 0) announceEnded(backbone, device, id);
    return state ?? found;
  }

  async #mustExist(device: string): Promise<void> {
    const last = await this.#options.backbone.log.last("device", device);
    if (last === undefined) throw new FleetError("device-unknown", `there is no device ${device}`, { field: "id" });
    if (last.type === "DeviceRetired")
      throw new FleetError("device-retired", `device ${device} is retired`, { field: "id" });
  }

  async #record(id: string, request: IssueRequest): Promise<Command> {
    const { backbone, frame } = this.#options;
    const { device, by, correlationid, traceparent, waitMs: _, signal: __, ...rest } = request;
    const from = performance.now();
    const known = request.idempotencyKey === undefined ? undefined : await this.#known(id, device);
    const fields: CommandIssued["data"] = { command: id, ...withoutContext(rest), device, by };
    const [body] = decider.decide({ type: "IssueCommand", ...fields }, known);
    if (body === undefined) return known as Command;
    const event = toEvent(
      body as CommandIssued,
      frame(device, {
        id: commandEventId.issued(id),
        source: `/operators/${by}`,
        correlationid,
        ...(traceparent !== undefined && { traceparent }),
      }),
    );
    mustFit(event as FleetEvent);
    const { seq, duplicate } = await backbone.log.append(event as FleetEvent, { patienceMs: PATIENCE_MS });
    // Somebody issued it with the same key a moment ago, and the view did not know yet; or while this node was cut off, for
    // longer than the log remembers ids. An id of chance is nobody else's: a duplicate of it is our own, sent again because
    // its acknowledgement was lost.
    const late = performance.now() - from > LATE_MS;
    if ((duplicate || late) && request.idempotencyKey !== undefined) return this.#record(id, request);
    const recorded = { ...event, seq, stream: "FLEET" } as RecordedEvent<CommandIssued>;
    backbone.bus.publish(liveSubject(encodeToken(device), "command"), {
      event: recorded,
    } satisfies LiveMessages["command"]);
    return decider.evolve(undefined, recorded) as Command;
  }

  async #known(id: string, device: string): Promise<Command | undefined> {
    const { backbone } = this.#options;
    const last = await backbone.log.last("command", device);
    if (last === undefined) return undefined;
    return (await this.#view(id, last.seq)) ?? undefined;
  }

  #view(id: string, atLeast: number): Promise<Command | null> {
    const { bus } = this.#options.backbone;
    return patiently(bus, () => askViews(bus, "commands.get", { id }, { atLeast }) as Promise<Command | null>);
  }
}

/** The same operator's same key for the same device is the same command. */
function idFor(by: string, device: string, key: string): string {
  return createHash("sha256")
    .update(JSON.stringify([by, device, key]))
    .digest("base64url")
    .slice(0, 32);
}

/** One command that no answer can hold would stand in the way of every list that it is in. */
function mustFit(event: FleetEvent): void {
  const bytes = Buffer.byteLength(encodeEvent(event));
  if (bytes <= MAX_COMMAND_BYTES) return;
  throw new FleetError("payload-too-large", `a command of ${bytes} bytes is larger than ${MAX_COMMAND_BYTES}`, {
    field: "params",
  });
}

function withoutContext(
  rest: Omit<IssueRequest, "device" | "by" | "correlationid" | "traceparent" | "waitMs" | "signal">,
) {
  const { name, params, deadline, reason, idempotencyKey } = rest;
  return {
    name,
    deadline,
    ...(params !== undefined && { params }),
    ...(reason !== undefined && { reason }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}
