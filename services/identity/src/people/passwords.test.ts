import { expect, it } from "vitest";
import { Passwords } from "./passwords.ts";

it("passwords are hashed with argon2id and a random salt, and compared as normalised Unicode", async () => {
  const passwords = new Passwords();
  const hashed = await passwords.hash({ key: "k" }, "Ångström 1");
  expect(hashed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await passwords.hash({ key: "k" }, "Ångström 1")).not.toBe(hashed);
  expect(await passwords.verify({ key: "k" }, hashed, "A\u030angstro\u0308m 1")).toBe(true);
  expect(await passwords.verify({ key: "k" }, hashed, "Angstrom 1")).toBe(false);
});

it("no password is accepted without a hash", async () => {
  expect(await new Passwords().verify({ key: "k" }, undefined, "nobody's password")).toBe(false);
});

it.each(["short", "x".repeat(257)])("a password of 5 or 257 characters is refused", (password) => {
  expect(() => new Passwords().hash({ key: "k" }, password)).toThrow(expect.objectContaining({ field: "password" }));
});
