import { type Action, ANONYMOUS, FleetError, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { METHODS } from "@fleetlog/protocol";
import type { AuthorizedJsonRpc, JsonRpcConversation } from "../dialects/index.ts";
import type { EndpointContext } from "../endpoints/context.ts";
import { retryAfterMs } from "../net/refusing/retry-after.ts";
import { deviceOrProvisioning, type ProvisioningDevice } from "../provisioning/index.ts";
import type { RpcCall } from "../rpc/call.ts";
import type { CallTarget, Running } from "../rpc/calls.ts";
import { faultOf, MethodNotFound, type RpcFault } from "../rpc/errors.ts";
import type { Params } from "../rpc/params.ts";
import type { EventSubscriptions } from "../rpc/subscriptions.ts";
import { type AnySession, eventsIn, identify, remarkOn } from "../sessions/index.ts";
import { type Authenticated, type Origin, readLogin } from "./login.ts";

/** Called by `listMethods()` of rpc-websockets' client. */
const LIST_METHODS = "__listMethods";

/** State after the log-in. */
export interface LoggedIn {
  readonly session: AnySession;
  readonly dialect: AuthorizedJsonRpc;
  readonly conversation: JsonRpcConversation;
}

/** The connection, as its methods see it. */
export interface Caller {
  /** Undefined before the log-in. */
  readonly loggedIn: LoggedIn | undefined;
  readonly closed: boolean;
  readonly origin: Origin;
  readonly subscriptions: EventSubscriptions;
  answer(text: string): void;
}

/** Opens the session after a log-in by a call. */
export interface Opener {
  /** @throws FleetError */
  open(device: Authenticated): Promise<void>;
  /** @throws FleetError */
  openProvisioning(device: ProvisioningDevice): Promise<void>;
  /** A log-in has failed, and its answer is not sent yet. */
  loginFailed(error: unknown, login: string | undefined): void;
}

interface CommonMethod {
  readonly action: Action;
  run(caller: Caller, loggedIn: LoggedIn, params: Params): unknown;
}

const COMMON: ReadonlyMap<string, CommonMethod> = new Map<string, CommonMethod>([
  [
    METHODS.subscribe,
    { action: "command.receive", run: (caller, loggedIn, params) => subscribe(caller, loggedIn, params) },
  ],
  [
    METHODS.unsubscribe,
    { action: "command.receive", run: ({ subscriptions }, _, params) => subscriptions.remove(params) },
  ],
  [LIST_METHODS, { action: "api.describe", run: (_, { dialect }) => methodsOf(dialect) }],
]);
/** Methods of all dialects. `__listMethods` answers them before the dialect's own. */
const COMMON_NAMES: readonly string[] = [METHODS.login, METHODS.subscribe, METHODS.unsubscribe];

export class Methods implements CallTarget {
  readonly #context: EndpointContext;
  readonly #caller: Caller;
  readonly #opener: Opener;

  constructor(context: EndpointContext, caller: Caller, opener: Opener) {
    this.#context = context;
    this.#caller = caller;
    this.#opener = opener;
  }

  run({ method, params }: RpcCall): Running {
    if (method === METHODS.login) return { events: 0, exclusive: true, result: this.#login(params) };
    const { loggedIn, closed } = this.#caller;
    if (loggedIn === undefined) throw mustLogIn();
    const { session, dialect, conversation } = loggedIn;
    if (closed || session.ended) throw new FleetError("session-superseded", "this connection's session is over");
    // This is the authorization: the table has only methods that the device may call.
    const definition = dialect.methods.get(method);
    if (definition !== undefined) {
      if ("answer" in definition) return { events: 0, result: definition.answer(params, conversation) };
      const reports = definition.read(params, conversation);
      const remark = remarkOn(reports);
      if (remark !== undefined) session.remarked(remark);
      const answer = remark === undefined ? toResult : (seq: number) => ({ seq, warning: remark });
      return { events: eventsIn(reports), result: session.report(reports).then(answer) };
    }
    const common = COMMON.get(method);
    if (common === undefined || !dialect.allowed.has(common.action)) throw new MethodNotFound(methodsOf(dialect));
    return { events: 0, result: common.run(this.#caller, loggedIn, params) };
  }

  fault(error: unknown, method: string): RpcFault {
    const fault = faultOf(error);
    this.#caller.loggedIn?.session.refused({ ...fault.data, message: fault.message }, { method });
    if (fault.data.code === "internal") {
      this.#context.logger.error({ err: error, device: this.#caller.loggedIn?.session.device }, "a call failed");
    }
    return fault;
  }

  answer(text: string): void {
    this.#caller.answer(text);
  }

  async #login(params: Params): Promise<true> {
    const { dialects, provisioning, log } = this.#context;
    let login: string | undefined;
    try {
      authorize(ANONYMOUS, "session.begin", WHOLE_FLEET);
      const { device: name, userName = name, token: password } = readLogin(params);
      login = userName;
      const { loggedIn, origin } = this.#caller;
      const { address, encrypted } = origin;
      const shown = { clientId: name, userName, password, encrypted, address, protocol: "websocket" } as const;
      const found = await deviceOrProvisioning(provisioning, shown, async () => {
        const named = userName === name ? {} : { clientId: name };
        const presented = { ...named, userName, password, ...origin };
        const identified = await identify(this.#context, presented, ({ device }) => {
          mustBeSame(loggedIn, device);
          mustBeReady(log);
        });
        if (identified === undefined) throw new FleetError("unauthenticated", "the parameters name no device");
        return { ...identified, dialect: dialects.jsonrpcOf(identified.device) };
      });
      if ("provisioning" in found) {
        mustBeSame(loggedIn, found.provisioning.login);
        mustBeReady(log);
        if (loggedIn === undefined) await this.#opener.openProvisioning(found.provisioning);
      } else if (loggedIn === undefined) await this.#opener.open(found);
      return true;
    } catch (error) {
      this.#opener.loginFailed(error, login);
      throw error;
    }
  }
}

function mustBeSame(loggedIn: LoggedIn | undefined, device: string): void {
  if (loggedIn === undefined || loggedIn.session.device === device) return;
  throw new FleetError("forbidden", "this connection is already logged in as another device", {
    field: "device",
    advice: "Use one connection for each device.",
  });
}

function mustBeReady({ status }: Pick<EndpointContext["log"], "status">): void {
  if (status === "ready") return;
  throw new FleetError("log-unavailable", "the log is unavailable", { retryAfterMs: retryAfterMs() });
}

function subscribe({ subscriptions }: Caller, { conversation }: LoggedIn, params: Params): unknown {
  const { outcome, added } = subscriptions.add(params);
  // `subscribed` is called in the next turn of the event loop, so that the answer comes before the first event.
  if (added.size > 0 && conversation.subscribed !== undefined) setImmediate(() => conversation.subscribed?.(added));
  return outcome;
}

function toResult(seq: number): { readonly seq: number } {
  return { seq };
}

function methodsOf({ methods }: AuthorizedJsonRpc): readonly string[] {
  return [...COMMON_NAMES, ...methods.keys()];
}

function mustLogIn(): FleetError {
  return new FleetError("unauthenticated", "this connection has not logged in", {
    advice: `Call ${METHODS.login} with {"device", "token"} first, or send an Authorization header.`,
  });
}
