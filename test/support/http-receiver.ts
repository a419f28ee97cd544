import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedPost {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type AnswerOf = (path: string, post: ReceivedPost) => number | ReceiverAnswer | "none" | undefined;

export interface HttpReceiver {
  readonly url: string;
  /** In the order in which they came. */
  readonly posts: readonly ReceivedPost[];
  /** Answers from now on; `none` leaves a request without an answer. Default: status 204. */
  answer(answerOf: AnswerOf | undefined): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Stands in for an SMS gateway and for the receiver of a webhook. */
export async function startReceiver(): Promise<HttpReceiver> {
  const posts: ReceivedPost[] = [];
  let answerOf: AnswerOf | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = "", url: path = "", headers } = request;
    const post = { method, path, headers, body: Buffer.concat(chunks).toString() };
    posts.push(post);
    const given = answerOf?.(path, post) ?? 204;
    if (given === "none") return;
    const answer = typeof given === "number" ? { status: given } : given;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    answer(given) {
      answerOf = given;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
