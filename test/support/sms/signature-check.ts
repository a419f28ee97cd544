import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ReceivedPost } from "../http-receiver.ts";

export interface SignatureCheck {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const LONGEST_SKEW_MS = 15 * 60_000;

/**
 * The problem of a received request's AWS signature, version 4; undefined if the signature is valid. Written from "Create a
 * signed AWS API request" of AWS's reference, and without code of the signing side.
 */
export function signatureProblem(request: ReceivedPost, check: SignatureCheck): string | undefined {
  const { headers, method, path, body } = request;
  const parts = AUTHORIZATION.exec(headers.authorization ?? "");
  if (parts === null) return "there is no such signature";
  const [, keyId, day, region, service, names = "", signature = ""] = parts;
  if (keyId !== check.accessKeyId) return "another access key";
  if (region !== check.region || service !== check.service) return "another region or service";
  const time = String(headers["x-amz-date"]);
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(Math.abs(at - check.now) <= LONGEST_SKEW_MS)) return "the time differs by more than 15 minutes";
  if (!time.startsWith(day ?? "-")) return "the date is not that of the credential's scope";
  const signed = names.split(";");
  if ([...signed].sort().join(";") !== names) return "the signed headers are not sorted";
  const mustBeSigned = Object.keys(headers).filter((name) => /^(?:host|content-type|x-amz-.*)$/.test(name));
  const unsigned = mustBeSigned.find((name) => !signed.includes(name));
  if (unsigned !== undefined) return `${unsigned} is not signed`;
  const [uri = "/", query = ""] = path.split("?");
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, " ")}\n`);
  const sortedQuery = query.split("&").sort().join("&");
  const canonical = [method, uri, sortedQuery, lines.join(""), names, sha256(body)].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part ?? ""),
    `AWS4${check.secretAccessKey}`,
  );
  const expected = hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n"));
  return timingSafeEqual(expected, Buffer.from(signature, "hex")) ? undefined : "the signature does not match";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
