import { connect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { type TlsFiles, throughProxy, tunnel } from "../proxy/tunnel.ts";
import { trusting } from "./provision.ts";
import type { ProvisioningSettings } from "./settings.ts";

const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1_883, "mqtts:": 8_883, "ws:": 80, "wss:": 443 };
const ENCRYPTED: ReadonlySet<string> = new Set(["mqtts:", "wss:"]);

export interface CheckedPort {
  readonly url: string;
  /** Absent if the address can be reached. */
  readonly problem?: string;
}

export async function checkPorts(
  urls: readonly string[],
  { proxy, timeoutMs, ...settings }: Pick<ProvisioningSettings, "proxy" | "timeoutMs" | "ca">,
): Promise<readonly CheckedPort[]> {
  const all = [...new Set(urls.map((url) => url.replace(/\/+$/, "")))];
  const tls = trusting(settings) as TlsFiles;
  return Promise.all(
    all.map(async (url) => {
      try {
        await reach(new URL(url), { tls, proxy, timeoutMs });
        return { url };
      } catch (error) {
        return { url, problem: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
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
