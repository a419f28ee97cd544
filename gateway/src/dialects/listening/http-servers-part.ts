import { invalid } from "@fleetlog/domain";
import type { FastifyInstance } from "fastify";
import type { DialectHttpContext } from "../../http/context.ts";
import { REQUEST_TIMEOUTS, type RequestTimeouts } from "../../http/problems/before-routing.ts";
import type { ConnectionBound } from "../../net/connection-bound.ts";
import { limitHttpConnections } from "../../net/http-connections.ts";
import { type Listener, listenHttp } from "../../net/listen/listen.ts";
import type { Tls } from "../../net/listen/tls.ts";
import type { Core } from "../../node/core.ts";
import type { NodePart } from "../../node/parts.ts";
import type { GatewaySettings } from "../../settings/index.ts";
import type { Dialect } from "../index.ts";
import { createDialectServer } from "./http-server.ts";

export interface DialectServersOptions {
  readonly dialects: readonly Dialect[];
  readonly settings: GatewaySettings;
  readonly context: DialectHttpContext;
  readonly bound: ConnectionBound;
  readonly tls: Pick<Tls, "listenHttps"> | undefined;
  readonly timeouts?: RequestTimeouts;
}

export interface DialectServersPart extends NodePart {
  /** @throws FleetError `conflict` with the setting as `field` if a port is taken, `invalid-request` without TLS */
  listen(): Promise<readonly (Listener & { readonly dialect: string })[]>;
}

/** The HTTP ports of dialects. */
export function dialectServersPart({ logger }: Core, options: DialectServersOptions): DialectServersPart {
  const { dialects, settings, context, bound, tls, timeouts = REQUEST_TIMEOUTS } = options;
  const apps: FastifyInstance[] = [];

  async function listen(dialect: Dialect): Promise<readonly (Listener & { readonly dialect: string })[]> {
    const { name, listener } = dialect;
    if (listener?.protocol !== "http") return [];
    const port = listener.port(settings);
    if (port === undefined) return [];
    const { setting } = listener;
    if (listener.tls && tls === undefined) throw invalid(setting, `${setting} needs FLEETLOG_TLS or FLEETLOG_TLS_CERT`);
    const app = await createDialectServer(dialect, listener, context, {
      logger,
      bodyLimit: settings.maxPayloadBytes,
      timeouts,
    });
    apps.push(app);
    limitHttpConnections(app.server, bound);
    const { host } = settings;
    const plain = await listenHttp(app, { host, httpPort: listener.tls ? "off" : port }, setting);
    // `stop` closes the server, and with it this port. A TLS port is a listener of its own.
    if (plain !== undefined) return [{ dialect: name, port: plain, close: async () => {} }];
    const secure = await tls?.listenHttps(app, { port, setting });
    return secure === undefined ? [] : [{ dialect: name, ...secure }];
  }

  return {
    name: "dialect HTTP",
    listen: async () => (await Promise.all(dialects.map(listen))).flat(),
    async stop() {
      await Promise.all(
        apps.map(async (app) => {
          const closed = app.close();
          // Fastify ends the connections only of a server that listens.
          if (!app.server.listening) app.server.closeAllConnections();
          await closed;
        }),
      );
    },
  };
}
