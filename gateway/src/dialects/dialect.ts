import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FleetError, Person } from "@fleetlog/domain";
import type { IdentityConvention } from "@fleetlog/identity";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { DialectHttpContext } from "../http/context.ts";
import type { GatewaySettings } from "../settings/index.ts";
import type { JsonRpcDialect } from "./jsonrpc-dialect.ts";
import type { MqttDialect } from "./mqtt-dialect.ts";

/** The conventions of one kind of device. To add a dialect, create a folder and add a line to `list.ts`. */
export interface Dialect {
  readonly name: string;
  /** How devices name themselves. Default: the native convention. */
  readonly identify?: IdentityConvention;
  readonly mqtt?: MqttDialect;
  readonly jsonrpc?: JsonRpcDialect;
  /** Paths for WebSockets on the HTTP ports. The device directory, not the path, selects a device's dialect. */
  readonly paths?: readonly string[];
  readonly listener?: DialectListener;
}

/** A port for this dialect only, either for its devices or for programs that use them. */
export type DialectListener = WebSocketListener | HttpListener;

interface OwnPort {
  readonly setting: string;
  /** The port; undefined if it stays closed. */
  port(settings: GatewaySettings): number | undefined;
}

/** A port for devices. */
export interface WebSocketListener extends OwnPort {
  readonly protocol: "websocket";
  readonly path: string;
  /** Whether a client that names no device waits until a person lets it in. */
  readonly clientsWait?: true;
}

/** A port for programs that were written for an older system's HTTP API. It has no cookies, pages and `/api`. */
export interface HttpListener extends OwnPort {
  readonly protocol: "http";
  /** Uses the certificate of the other TLS ports. */
  readonly tls: boolean;
  /**
   * The person or API key of a request. Called after the body was read, for routes that are not public.
   * @throws FleetError `unauthenticated`, `rate-limited`
   */
  authenticate(request: FastifyRequest, context: DialectHttpContext): Promise<Person>;
  /** Answers an error in the form that the programs expect. The error was already logged and counted. */
  refuse(error: FleetError, request: FastifyRequest, reply: FastifyReply): FastifyReply;
  /** Each route must have its action in `config.action`. `callerOf(request)` is the caller of its use cases. */
  routes(context: DialectHttpContext): FastifyPluginAsyncTypebox;
}
