import { type ChannelKind, type FleetError, invalid } from "@fleetlog/domain";

const EMAIL = /^[^\s@<>",;\p{Cc}]+@[^\s@<>",;\p{Cc}]+$/u;
/** E.164. */
const NUMBER = /^\+[1-9]\d{5,14}$/;
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const VALUE = /^[\x20-\x7e]*$/;
/** Headers that the transport sets. */
const RESERVED =
  /^(?:host|connection|content-.*|transfer-encoding|expect|te|trailer|upgrade|keep-alive|proxy-.*|webhook-.*)$/i;
const MAX_HEADERS = 16;

/** @throws FleetError `invalid-request` */
export function mustBeRecipient(kind: ChannelKind, field: string, recipient: string): void {
  if (kind === "email" && !EMAIL.test(recipient)) throw invalid(field, `${field} must be an email address`);
  if (kind === "sms" && !NUMBER.test(recipient))
    throw invalid(field, `${field} must be a telephone number such as +4930123456`);
  if (kind === "webhook") throw invalid(field, "a webhook has no recipients");
}

/** @throws FleetError `invalid-request` unless it is an address, or a name with an address: `Pumps <a@b.example>` */
export function mustBeSender(text: string): void {
  const address = /^[^<>\p{Cc}]{0,128}<([^<>]+)>$/u.exec(text)?.[1] ?? text;
  if (!EMAIL.test(address))
    throw invalid("from", "from must be an email address, or a name with one: Pumps <a@b.example>");
}

/** @throws FleetError `invalid-request` */
export function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid("url", "url must be an http or https URL");
  if (url.username !== "" || url.password !== "") throw invalid("url", "url must not contain a user or a password");
  if (url.hash !== "") throw invalid("url", "url must not have a fragment");
  return url.href;
}

/** @throws FleetError `invalid-request` */
export function mustBeSigningSecret(secret: string): void {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? "", "base64");
  if (key.length < 24 || key.length > 64) throw invalid("secret", "secret must be whsec_ and 24 to 64 bytes in Base64");
}

/** @throws FleetError `invalid-request` */
export function mustBeHeaders(headers: Readonly<Record<string, string>>): void {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) throw invalid("headers", `headers must have at most ${MAX_HEADERS} members`);
  for (const [name, value] of entries) {
    if (!HEADER.test(name) || RESERVED.test(name)) throw invalidHeader(`${name} can't be set`);
    if (!VALUE.test(value)) throw invalidHeader(`the value of ${name} must be printable ASCII`);
  }
}

function invalidHeader(message: string): FleetError {
  return invalid("headers", message);
}
