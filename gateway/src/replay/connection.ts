import type { Duplex } from "node:stream";
import { FleetError, invalid } from "@fleetlog/domain";
import { checker, ReplayControl, type ReplayProblem } from "@fleetlog/protocol";
import { parseMoment, TokenBucket } from "@fleetlog/runtime";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import type { ReplayPlan } from "../http/resources/history/replays/id.ts";
import { opened, type ReplayFleet } from "../http/resources/history/replays/request.ts";
import { PersonSocket, type PersonSocketContext, type Viewer } from "../live/person-socket.ts";
import { CLOSE } from "../net/refusing/end-codes.ts";
import { MessageIntake } from "../rpc/intake.ts";
import { Player } from "./player.ts";

export interface ReplayConnectionContext extends PersonSocketContext {
  readonly fleet: ReplayFleet;
  readonly logger: Logger;
  /** Milliseconds without a control after which a replay that does not play is closed. */
  readonly idleMs: number;
}

export interface ReplayViewer extends Viewer {
  readonly plan: ReplayPlan;
}

/** Rate limit of a client's controls: a burst, then 10 a second. */
const CONTROLS = { burst: 50, refillMs: 100 };

const checkControl = checker(ReplayControl, "message");

/** A client's WebSocket: plays a span of the history, and obeys the client's controls. */
export class ReplayConnection {
  readonly socket: PersonSocket;
  readonly #context: ReplayConnectionContext;
  readonly #intake: MessageIntake;
  readonly #rate: TokenBucket;
  readonly #player: Player;
  #pause: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(context: ReplayConnectionContext, websocket: WebSocket, socket: Duplex, viewer: ReplayViewer) {
    this.#context = context;
    this.#rate = new TokenBucket(CONTROLS, context.clock);
    this.#intake = new MessageIntake(websocket, (message) => this.#handle(message));
    const { plan, person } = viewer;
    this.#player = new Player({
      ...{ from: plan.from, speed: plan.speed, clock: () => performance.now() },
      open: (start, signal) => opened(context.fleet, person, plan, start, signal),
      receiver: {
        position: (position) => this.#send(JSON.stringify(position)),
        events: (items) => {
          if (plan.content === "events") this.#send(`{"type":"events","items":[${items.join(",")}]}`);
        },
        problem: (error, isEnd) => this.#problem(error, isEnd),
        blocked: () => (this.socket.outbox.full ? this.socket.outbox.drained : undefined),
      },
    });
    this.#watchIdle();
    this.socket = new PersonSocket(context, websocket, socket, viewer, {
      message: (data) => this.#intake.take(data),
      ended: () => this.#onEnded(),
    });
  }

  #handle(message: Buffer): Promise<void> | undefined {
    this.#watchIdle();
    try {
      this.#obey(controlIn(message));
    } catch (error) {
      this.#problem(error, false);
    }
    const wait = this.#rate.take(1);
    return wait === 0 && !this.socket.outbox.full ? undefined : this.#settle(wait);
  }

  #obey(control: ReplayControl): void {
    switch (control.type) {
      case "play":
        this.#player.play(control.speed);
        break;
      case "pause":
        this.#player.pause();
        break;
      case "step":
        this.#player.step(control.events ?? 1);
        break;
      case "seek":
        this.#player.seek(targetOf(control.to));
    }
  }

  async #settle(waitMs: number): Promise<void> {
    if (waitMs > 0) {
      await new Promise<void>((resolve) => {
        this.#pause = setTimeout(resolve, waitMs);
      });
    }
    if (this.socket.outbox.full) await this.socket.outbox.drained;
  }

  #problem(error: unknown, isEnd: boolean): void {
    const known = error instanceof FleetError ? error : new FleetError("internal", "the replay failed");
    if (known !== error) this.#context.logger.error({ err: error }, "a replay failed");
    const { code, message, field, advice } = known;
    const problem: ReplayProblem = {
      ...{ type: "problem", code, message: advice === undefined ? message : `${message}. ${advice}` },
      ...(field !== undefined && { field }),
    };
    this.#send(JSON.stringify(problem));
    if (isEnd) this.socket.close({ code: CLOSE.tryLater, text: message });
  }

  #send(text: string): void {
    this.socket.outbox.send(text);
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#player.state === "playing") this.#watchIdle();
      else this.socket.close({ code: CLOSE.normal, text: "the replay was not used" });
    }, this.#context.idleMs);
  }

  #onEnded(): void {
    clearTimeout(this.#pause);
    clearTimeout(this.#idle);
    this.#intake.end();
    this.#player.close();
  }
}

function controlIn(message: Buffer): ReplayControl {
  let value: unknown;
  try {
    value = JSON.parse(message.toString());
  } catch {
    throw invalid("message", "a message must be JSON");
  }
  const checked = checkControl(value);
  if (checked.ok) return checked.value;
  throw new FleetError("invalid-request", checked.message, { field: checked.field });
}

function targetOf(to: string | number): { readonly time: number } | { readonly seq: number } {
  if (typeof to === "number" || /^\d{1,15}$/.test(to)) return { seq: Number(to) };
  const time = parseMoment(to);
  if (time === undefined) throw invalid("to", "to must be a time such as 2026-01-31T12:00:00Z, or a sequence of FLEET");
  return { time };
}
