import { expect, it } from "vitest";
import { isEmail } from "./email.ts";

it("accepts addresses of names with and without dots, and of other alphabets", () => {
  for (const text of ["ada@example.org", "root@localhost", "a.b+c@x.co", "ada@[192.0.2.1]", "jürgen@müller.example"])
    expect(isEmail(text), text).toBe(true);
});

it("refuses texts that no mail can be sent to", () => {
  for (const text of ["ada", "@b", "a@", "a b@c", "a@b@c", "<a@b>", "a@b\u0000c", "a@.org", "a@b..org", "a@b."])
    expect(isEmail(text), text).toBe(false);
});
