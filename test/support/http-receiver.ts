import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReceiver {
  readonly url: string;
  /** In the order in which they came. */
  readonly posts: readonly ReceivedPost[];
  /** Statuses from now on; `none` leaves a request without an answer. Default: 204. */
  answer(status: ((path: string) => number | "none" | undefined) | undefined): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Stands in for an SMS gateway and for the receiver of a webhook. */
export async function startReceiver(): Promise<HttpReceiver> {
  const posts: ReceivedPost[] = [];
  let statusOf: Parameters<HttpReceiver["answer"]>[0];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { url: path = "", headers } = request;
    posts.push({ path, headers, body: Buffer.concat(chunks).toString() });
    const status = statusOf?.(path) ?? 204;
    if (status !== "none") response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    answer(status) {
      statusOf = status;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
