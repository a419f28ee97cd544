import aws4 from "aws4";
import type { OutgoingRequest } from "../../outgoing/http.ts";

export interface SigningKey {
  readonly region: string;
  readonly service: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The headers of a POST with AWS's signature, version 4. */
export function signV4({ url, headers, body }: OutgoingRequest, key: SigningKey): Record<string, string> {
  const { region, service, accessKeyId, secretAccessKey, now } = key;
  const { host, pathname, search } = new URL(url);
  const date = `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const given = { ...headers, host, "x-amz-date": date };
  const target = { method: "POST", host, path: `${pathname}${search}`, region, service };
  const extraHeadersToIgnore = { "content-length": true };
  const request = { ...target, headers: given, body, extraHeadersToIgnore };
  const signed = aws4.sign(request, { accessKeyId, secretAccessKey });
  return Object.fromEntries(Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)]));
}
