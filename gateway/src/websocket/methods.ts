import { FleetError } from "@fleetlog/domain";
import type { DeviceProof } from "@fleetlog/identity";
import { COMMAND_EVENT, METHODS } from "@fleetlog/protocol";
import { NATIVE_METHODS, type Params } from "../dialects/native/jsonrpc.ts";
import type { EndpointContext } from "../endpoint.ts";
import type { RpcCall } from "../rpc/call.ts";
import type { CallTarget, Running } from "../rpc/calls.ts";
import { faultOf, MethodNotFound, type RpcFault } from "../rpc/errors.ts";
import { retryAfterMs } from "../rpc/retry-after.ts";
import type { Subscriptions } from "../rpc/subscriptions.ts";
import type { DeviceSession } from "../sessions/index.ts";
import type { CommandEvents } from "./command-events.ts";
import { readLogin } from "./login.ts";

/** The rpc-websockets client's `listMethods()`: what any device may call, and nothing of what is there for others. */
const LIST_METHODS = "__listMethods";
const METHOD_NAMES: readonly string[] = Object.values(METHODS);

/** The connection, as far as its methods act on it. */
export interface Caller {
  /** Undefined until it has logged in. */
  readonly session: DeviceSession | undefined;
  /** It takes and answers nothing more. */
  readonly ending: boolean;
  readonly subscriptions: Subscriptions;
  readonly commands: CommandEvents;
  /** Opens its session. @throws FleetError */
  open(device: string, proof: DeviceProof): Promise<void>;
  /** An attempt to log in failed; the answer is under way. */
  loginFailed(error: unknown, device: string | undefined): void;
  send(text: string): void;
}

/** What a connection can call: the native dialect's methods, and those of rpc-websockets. */
export class Methods implements CallTarget {
  readonly #context: EndpointContext;
  readonly #caller: Caller;

  constructor(context: EndpointContext, caller: Caller) {
    this.#context = context;
    this.#caller = caller;
  }

  run({ method, params }: RpcCall): Running {
    if (method === METHODS.login) return { events: 0, exclusive: true, result: this.#login(params) };
    const { session, ending, subscriptions, commands } = this.#caller;
    if (session === undefined) throw mustLogIn();
    if (ending || session.ended) throw new FleetError("session-superseded", "this connection's session is over");
    const report = NATIVE_METHODS.get(method);
    if (report !== undefined) {
      const reporting = report(session, params);
      if (method === METHODS.commandResult) commands.answered();
      return reporting;
    }
    switch (method) {
      case METHODS.subscribe:
        return { events: 0, result: this.#subscribe(session, params) };
      case METHODS.unsubscribe:
        return { events: 0, result: subscriptions.remove(params) };
      case LIST_METHODS:
        return { events: 0, result: METHOD_NAMES };
      default:
        throw new MethodNotFound(METHOD_NAMES);
    }
  }

  fault(error: unknown): RpcFault {
    const fault = faultOf(error);
    this.#caller.session?.refused(fault.data.code);
    if (fault.data.code === "internal") {
      this.#context.logger.error({ err: error, device: this.#caller.session?.device }, "a call failed");
    }
    return fault;
  }

  answer(text: string): void {
    this.#caller.send(text);
  }

  async #login(params: Params): Promise<true> {
    const { sessions, log } = this.#context;
    let claimed: string | undefined;
    try {
      const { device, token } = readLogin(params);
      claimed = device;
      const { session } = this.#caller;
      if (session !== undefined && session.device !== device) {
        throw new FleetError("forbidden", "this connection is another device's already", {
          field: "device",
          advice: "Use one connection for each device.",
        });
      }
      if (log.status !== "ready") {
        throw new FleetError("log-unavailable", "the log is unavailable", { retryAfterMs: retryAfterMs() });
      }
      const proof = await sessions.authenticate(device, token);
      if (session === undefined) await this.#caller.open(device, proof);
      return true;
    } catch (error) {
      this.#caller.loginFailed(error, claimed);
      throw error;
    }
  }

  #subscribe(session: DeviceSession, params: Params) {
    const { outcome, fresh } = this.#caller.subscriptions.add(params);
    // After the answer, so that the program has heard of its subscription when the first event comes. What was sent
    // before it listened is sent again: an event that nobody listens to is lost in the client.
    if (fresh.size > 0) {
      setImmediate(() => session.offerCommands(({ name }) => fresh.has(name) || fresh.has(COMMAND_EVENT)));
    }
    return outcome;
  }
}

function mustLogIn(): FleetError {
  return new FleetError("unauthenticated", "this connection has not logged in", {
    advice: `Call ${METHODS.login} with {"device", "token"} first, or send an Authorization header.`,
  });
}
