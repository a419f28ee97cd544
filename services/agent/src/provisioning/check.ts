import { connect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { type TlsFiles, throughProxy, tunnel } from "../proxy/tunnel.ts";
import { enrolling } from "./provision.ts";
import type { ProvisioningSettings } from "./settings.ts";

const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1_883, "mqtts:": 8_883, "ws:": 80, "wss:": 443 };
const ENCRYPTED: ReadonlySet<string> = new Set(["mqtts:", "wss:"]);

export interface CheckedPort {
  readonly url: string;
  /** Absent if the address can be reached. */
  readonly problem?: string;
  /** What a person can do about it. */
  readonly advice?: string;
}

export async function checkPorts(
  urls: readonly string[],
  { proxy, timeoutMs, ...settings }: Pick<ProvisioningSettings, "proxy" | "timeoutMs" | "ca" | "enrolment">,
): Promise<readonly CheckedPort[]> {
  const all = [...new Set(urls.map((url) => url.replace(/\/+$/, "")))];
  const tls = enrolling(settings);
  return Promise.all(
    all.map(async (url) => {
      try {
        await reach(new URL(url), { tls, proxy, timeoutMs });
        return { url };
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        return { url, problem, advice: adviceFor(error, new URL(url), proxy) };
      }
    }),
  );
}

/** Addresses with the default ports of the same hosts, without the given addresses. */
export function otherAddresses(urls: readonly string[]): readonly string[] {
  const hosts = new Set(urls.map((url) => new URL(url).hostname));
  const given = new Set(urls.map((url) => placeOf(new URL(url))));
  return [...hosts]
    .flatMap((host) => [`mqtts://${host}:8883`, `wss://${host}/device`, `mqtt://${host}:1883`])
    .filter((url) => !given.has(placeOf(new URL(url))));
}

function placeOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || PORTS[protocol]}`;
}

const NOT_TRUSTED: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

function adviceFor(error: unknown, { hostname, port, protocol }: URL, proxy: string | undefined): string {
  const { code = "", message } = error as { readonly code?: string; readonly message: string };
  const at =
    proxy === undefined ? `port ${port || PORTS[protocol]} of ${hostname}` : `the proxy ${new URL(proxy).host}`;
  if (/the proxy answered 407/.test(message))
    return "Write a user and password into the setting proxy: http://user:password@host:port.";
  if (/the proxy answered/.test(message))
    return `Ask whoever runs the proxy to allow CONNECT to ${hostname}:${port || PORTS[protocol]}.`;
  if (NOT_TRUSTED.has(code))
    return "Save the answer of GET /api/authority to a file, and name that file in the setting ca.";
  if (code.startsWith("ERR_TLS_CERT_ALTNAME")) return "Use a name that is in the server's certificate in broker-url.";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return "Check the clock of this device, and the server's certificate.";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `Check the name in ${proxy === undefined ? "broker-url" : "proxy"}, and this device's DNS.`;
  if (code === "ECONNREFUSED")
    return `Nothing listens on ${at}: check the port, and that Fleetlog runs and uses this port.`;
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER")
    return "This port has no TLS: use mqtt:// or ws://, or the port that has TLS.";
  return `Check the firewall between this device and ${at}, or set proxy.`;
}

async function reach(
  { protocol, hostname: host, port: given }: URL,
  { tls, proxy, timeoutMs }: { tls: TlsFiles; proxy: string | undefined; timeoutMs: number },
): Promise<void> {
  const port = Number(given || PORTS[protocol]);
  const isEncrypted = ENCRYPTED.has(protocol);
  if (proxy !== undefined) {
    const socket = await (isEncrypted ? throughProxy(proxy, { host, port, tls }) : tunnel(proxy, host, port));
    socket.destroy();
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const servername = /^[\d.]+$|:/.test(host) ? "" : host;
    const socket = isEncrypted ? tlsConnect({ host, port, servername, ...tls }) : connect({ host, port });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    socket.once(isEncrypted ? "secureConnect" : "connect", () => {
      resolve();
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
