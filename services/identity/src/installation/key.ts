const BYTES = 32;
/** Random keys have about 30 different bytes. Fewer than this means typed text or an example. */
const DIFFERENT_BYTES = 16;

export const KEY_FORMAT = "32 random bytes as base64url (43 characters)";
export const MAKE_KEY = "openssl rand -base64 32 | tr '+/' '-_' | tr -d '='";

/** Undefined for a malformed key, or one too regular to be random. */
export function parseKey(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  const key = Buffer.from(text, "base64url");
  return key.length === BYTES && new Set(key).size >= DIFFERENT_BYTES ? key : undefined;
}
