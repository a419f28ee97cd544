import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { PASSWORD } from "./people.ts";

export interface Sent {
  readonly path: string;
  readonly body?: unknown;
  readonly bytes?: string;
  /** Address of the caller; default: a new one. */
  readonly from?: string;
  /** Authority of the server; for `https:` only. */
  readonly ca?: string;
}

let address = 0;

/**
 * Sends from a new address each time, since many wrong tokens from one address get 429. `fetch` can't choose the
 * address. On a slow machine, a sign-in can get so old that the call asks for a new proof.
 */
export async function send(url: string, method: string, sent: Sent, token?: string): Promise<Answer> {
  const answer = await sendOnce(url, method, sent, token);
  if (answer.status !== 403 || !answer.text.includes('"proof-required"')) return answer;
  await sendOnce(url, "POST", { path: "/api/session/proof", body: { password: PASSWORD } }, token);
  return sendOnce(url, method, sent, token);
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

function sendOnce(url: string, method: string, { path, body, bytes, from, ca }: Sent, token?: string): Promise<Answer> {
  address++;
  const newAddress = `127.1.${Math.floor(address / 250)}.${(address % 250) + 1}`;
  const payload = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const sent = (ca === undefined ? httpRequest : httpsRequest)(url + path, {
      method,
      agent: false,
      localAddress: from ?? newAddress,
      ...(ca !== undefined && { ca }),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(payload !== undefined && {
          "content-type": bytes === undefined ? "application/json" : "application/octet-stream",
          "content-length": String(Buffer.byteLength(payload)),
        }),
      },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.end(payload);
  });
}
