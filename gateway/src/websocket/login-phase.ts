import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import type { WebSocket } from "ws";
import type { EndpointContext } from "../endpoints/context.ts";
import { LOGIN_BYTES, limitLoginBytes } from "../net/login-bytes.ts";
import { CLOSE } from "../net/refusing/end-codes.ts";
import { retryAfterMs, seconds } from "../net/refusing/retry-after.ts";
import type { Close } from "../rpc/closing.ts";
import { LoginAttempts, refusalOf } from "./login.ts";

export interface LoginPhaseOwner {
  readonly address: string;
  /** Whether the connection reads messages now. */
  readonly reading: boolean;
  /** Ends the session of a client that waits to be let in. */
  endWaiting(why: string): void;
  /** Closes the connection. Only the first call has an effect. */
  shut(close: Close): void;
}

/** Limits a connection's time, messages, bytes and failures until the device has logged in. */
export class LoginPhase {
  readonly #context: EndpointContext;
  readonly #owner: LoginPhaseOwner;
  #attempts: LoginAttempts | undefined = new LoginAttempts();
  readonly #stopLimit: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(context: EndpointContext, websocket: WebSocket, socket: Duplex, owner: LoginPhaseOwner) {
    this.#context = context;
    this.#owner = owner;
    this.#stopLimit = limitLoginBytes(
      websocket,
      socket,
      () => owner.reading,
      () => this.#tooLarge(),
    );
    this.#timer = setTimeout(() => this.#timedOut(), context.limits.loginMs);
  }

  /** The device has logged in. */
  end(): void {
    this.#stopLimit();
    this.clearTimer();
  }

  /** The client waits until a person lets it in. Only its messages' size stays limited. */
  wait(): void {
    this.#attempts = undefined;
    this.clearTimer();
  }

  clearTimer(): void {
    clearTimeout(this.#timer);
  }

  message(): void {
    if (this.#attempts?.message()) this.#owner.shut({ code: CLOSE.policy, text: "too many messages before log-in" });
  }

  refused(login: string | undefined, refusal: ReturnType<typeof refusalOf>): void {
    this.#context.refusedLogins.add({ protocol: "websocket", login, address: this.#owner.address, ...refusal });
  }

  /** A log-in has failed, and its answer is not sent yet. */
  failed(error: unknown, login: string | undefined): void {
    if (this.#attempts === undefined) return;
    this.refused(login, refusalOf(error));
    const code = error instanceof FleetError ? WIRE_ERRORS[error.code].websocket : undefined;
    if (code === undefined || (code === CLOSE.policy && !this.#attempts.failed())) return;
    const close =
      code === CLOSE.tryLater ? tryLater("log-in is not possible now", error) : { code, text: "log-in failed" };
    // The connection closes in the next turn of the event loop, when the answer is written.
    setImmediate(() => this.#owner.shut(close));
  }

  #tooLarge(): void {
    const why = `a message before log-in is larger than ${LOGIN_BYTES} bytes`;
    this.refused(undefined, { reason: "payload-too-large", why });
    this.#owner.endWaiting(why);
    this.#owner.shut({ code: undefined, text: why });
  }

  #timedOut(): void {
    const { log, limits } = this.#context;
    this.refused(undefined, { reason: "timeout", why: "no log-in came in time" });
    if (log.status !== "ready") this.#owner.shut(tryLater("the log is unavailable"));
    else this.#owner.shut({ code: CLOSE.policy, text: `no log-in within ${seconds(limits.loginMs)} s` });
  }
}

/** @param error its `retryAfterMs`, if any, is the time to wait */
export function tryLater(why: string, error?: unknown): Close {
  const given = error instanceof FleetError ? error.retryAfterMs : undefined;
  return { code: CLOSE.tryLater, text: `${why}; retry after ${seconds(given ?? retryAfterMs())} s` };
}
