import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { isGuessable } from "./guessable.ts";

it.each([
  ...[
    "changeme-changeme",
    "changeme12345678",
    "CHANGE_ME_PLEASE_NOW",
    "Password12345678",
    "p4ssw0rd-p4ssw0rd",
    "P@$$w0rd!P@$$w0rd!",
  ],
  ...["secretsecretsecret", "admin-admin-admin", "administrator-token", "fleetlog-admin-token", "your-secret-token-1"],
  ...[
    "aaaaaaaaaaaaaaaa",
    "abababababababab",
    "0123456789012345",
    "abcdefghijklmnopqrst",
    "qwertyuiopasdfghjkl",
    "----------------",
  ],
  ...["this-is-my-secret", "test-token-test-token", "example-token-0123456789", "9876543210-admin"],
])("%s is guessable", (secret) => expect(isGuessable(secret)).toBe(true));

it.each(["sixteen--letters", "correct-horse-battery", "lighthouse-admin-0123456789", "admin-7fK2pQ9x"])(
  "%s is not guessable",
  (secret) => expect(isGuessable(secret)).toBe(false),
);

it("2,000 random tokens, in hexadecimal and base64url, are not guessable", () => {
  for (let i = 0; i < 1_000; i++) {
    expect(isGuessable(randomBytes(16).toString("hex"))).toBe(false);
    expect(isGuessable(randomBytes(12).toString("base64url"))).toBe(false);
  }
});
