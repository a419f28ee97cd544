import { Agent as HttpAgent, request } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as tlsConnect } from "node:tls";

const TIMEOUT_MS = 30_000;

export interface TlsFiles {
  readonly ca?: string | Buffer | (string | Buffer)[];
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export function tunnel(proxy: string, host: string, port: number): Promise<Socket> {
  const { hostname, port: proxyPort, username, password } = new URL(proxy);
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: hostname,
      port: proxyPort || 80,
      method: "CONNECT",
      path: authority,
      headers: {
        host: authority,
        ...(username !== "" && { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` }),
      },
      timeout: TIMEOUT_MS,
    });
    asked.once("connect", ({ statusCode = 0 }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket as Socket);
      } else {
        socket.destroy();
        reject(new Error(`the proxy answered ${statusCode} for ${authority}`));
      }
    });
    asked.once("response", ({ statusCode }) => {
      asked.destroy(new Error(`the proxy answered ${statusCode} for ${authority}`));
    });
    asked.once("timeout", () => asked.destroy(new Error("the proxy does not answer")));
    asked.once("error", reject);
    asked.end();
  });
}

/** Like {@link tunnel}, but with TLS to the host if `tls` is set. */
export async function throughProxy(
  proxy: string,
  { host, port, tls }: { readonly host: string; readonly port: number; readonly tls?: TlsFiles | undefined },
): Promise<Duplex> {
  const socket = await tunnel(proxy, host, port);
  if (tls === undefined) return socket;
  const { ca, cert, key } = tls;
  return new Promise((resolve, reject) => {
    const secure = tlsConnect({
      socket,
      servername: /^[\d.]+$|:/.test(host) ? "" : host,
      host,
      ...(ca !== undefined && { ca: ca as string | Buffer | (string | Buffer)[] }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    });
    secure.once("secureConnect", () => resolve(secure));
    secure.once("error", reject);
  });
}

interface ConnectionOptions {
  readonly host?: string | null;
  readonly port?: number | string | null;
}

class ProxyAgent extends HttpAgent {
  readonly protocol: string;
  readonly defaultPort: number;
  readonly #proxy: string;
  readonly #tls: TlsFiles | undefined;

  constructor(proxy: string, tls: TlsFiles | undefined) {
    super();
    this.#proxy = proxy;
    this.#tls = tls;
    this.protocol = tls === undefined ? "http:" : "https:";
    this.defaultPort = tls === undefined ? 80 : 443;
  }

  override createConnection(
    { host, port }: ConnectionOptions,
    done: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const to = { host: host ?? "localhost", port: Number(port ?? this.defaultPort), tls: this.#tls };
    throughProxy(this.#proxy, to).then(
      (socket) => done(null, socket),
      (error: Error) => done(error),
    );
  }
}

/** @param tls undefined without TLS */
export function proxyAgent(proxy: string, tls: TlsFiles | undefined): HttpAgent {
  return new ProxyAgent(proxy, tls) as unknown as HttpAgent;
}
