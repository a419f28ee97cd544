import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { FleetError } from "@fleetlog/domain";
import type { NatsConnection } from "@nats-io/nats-core";
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { inboxOf, type NatsRole } from "../../access/roles.ts";
import type { Logger } from "../../logger.ts";
import { steadyTime } from "../../steady-time.ts";

export interface Credentials {
  readonly token?: string;
  readonly creds?: string;
  /** Called for each connection, because the launcher's server changes its passwords at each start. */
  readonly login?: () => { readonly user: string; readonly password: string } | undefined;
  /** Files that are read for each connection. If they are set, the process connects only with TLS. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

export interface DialOptions extends Credentials {
  /** `nats://host:port`, several separated by commas. */
  readonly url: string;
  /** The connection's name in the server's monitoring. */
  readonly name: string;
  /** Default: everything is permitted. */
  readonly role?: NatsRole;
  readonly logger?: Logger;
}

const RETRY_MS = 250;

const CLIENT_CERTIFICATE =
  "If it asks for a certificate, give one that it trusts in FLEETLOG_NATS_CERT and FLEETLOG_NATS_KEY.";
const OTHER_NAME = "its certificate is for another name";
const UNTRUSTED: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is signed by an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by an unknown authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_NAME,
};

/** Retries while the server can't be reached. @throws FleetError `log-unavailable` as {@link connectBackbone} */
export async function dial(options: DialOptions, until: number): Promise<NatsConnection> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connect(connectionOptions(options));
    } catch (cause) {
      const final = refusal(options, cause);
      if (final !== undefined) throw final;
      if (steadyTime() >= until) {
        // With TLS 1.3 the library reports a timeout for a refused client certificate.
        throw new FleetError("log-unavailable", `nats-server at ${options.url} can't be reached: ${reasonOf(cause)}`, {
          ...(options.tls !== undefined && { advice: CLIENT_CERTIFICATE }),
          cause,
        });
      }
      if (attempt === 0) options.logger?.warn({ url: options.url, err: cause }, "waiting for nats-server");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function connectionOptions({ url, name, role, token, creds, login, tls }: DialOptions): ConnectionOptions {
  return {
    servers: serversOf(url),
    name,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: backoff(),
    // A starting server may refuse valid credentials for a moment.
    ignoreAuthErrorAbort: true,
    timeout: 5_000,
    pingInterval: 5_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...(role !== undefined && { inboxPrefix: inboxOf(role) }),
    ...(tls !== undefined && { tls: { ...tls, ...serverIdentity(url) } }),
    ...(token !== undefined && { token }),
    ...authentication(creds, login),
  };
}

function serversOf(url: string): string[] {
  return url.split(",").map((server) => server.trim());
}

/** Checks a certificate for the URL's IP address. The client library would check it for `localhost` instead. */
function serverIdentity(url: string) {
  const hosts = serversOf(url).map((server) => new URL(server).hostname.replace(/^\[(.*)\]$/, "$1"));
  const addresses = hosts.filter((host) => isIP(host) > 0);
  return {
    checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
      const meant = host === "localhost" && addresses.length > 0 ? addresses : [host];
      const problems = meant.map((each) => checkServerIdentity(each, certificate));
      return problems.includes(undefined) ? undefined : problems[0];
    },
  };
}

function authentication(creds: Credentials["creds"], login: Credentials["login"]) {
  if (creds !== undefined) return { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) };
  if (login === undefined) return {};
  const [user, password] = (["user", "password"] as const).map((part) => () => login()?.[part] ?? "");
  return { authenticator: usernamePasswordAuthenticator(user ?? "", password) };
}

function refusal({ url, tls }: DialOptions, cause: unknown): FleetError | undefined {
  const reason = reasonOf(cause);
  const fail = (what: string, advice: string) =>
    new FleetError("log-unavailable", `nats-server at ${url} ${what}`, { advice, cause });
  // A busy process may send its credentials too late for the server, and be in time at the next attempt.
  if (cause instanceof errors.AuthorizationError && !/timeout/i.test(reason))
    return fail(
      `refuses the connection: ${reason}`,
      "Check FLEETLOG_NATS_USER and _PASSWORD, FLEETLOG_NATS_TOKEN or FLEETLOG_NATS_CREDS.",
    );
  const untrusted = UNTRUSTED[codeOf(cause)];
  if (untrusted !== undefined)
    return fail(
      `can't be trusted: ${untrusted}`,
      untrusted === OTHER_NAME
        ? "Use a name or an address that is in its certificate."
        : "Give the certificate of its authority in FLEETLOG_NATS_CA.",
    );
  if (tls !== undefined && /does not support 'tls'/.test(reason))
    return fail("has no TLS", "Configure TLS there, or leave out FLEETLOG_NATS_CA, _CERT and _KEY and tls://.");
  if (/certificate required|handshake failure|bad certificate/.test(reason))
    return fail(`refuses the client certificate: ${reason}`, CLIENT_CERTIFICATE);
  return undefined;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code, cause } = error as NodeJS.ErrnoException;
  return code !== undefined && code in UNTRUSTED ? code : codeOf(cause);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Random waits of 0.1 s to 2 s, so that processes do not reconnect together. */
function backoff(): () => number {
  return () => 100 + Math.random() * 1_900 * Math.random();
}
