import { expect, it } from "vitest";
import { DoubtfulEmails } from "./doubtful-email.ts";

it("questions an address without an ending once, and again after another address", () => {
  const emails = new DoubtfulEmails();
  expect(emails.doubt("carol@example", "Invite")).toBe(
    "Is it complete, such as carol@example.org? Mail to carol@example arrives only inside your own network. If it is right, press Invite again.",
  );
  expect(emails.doubt("carol@example", "Invite")).toBeUndefined();
  expect(emails.doubt("carol@exampel", "Invite")).toBeDefined();
  expect(emails.doubt("carol@example", "Invite")).toBeDefined();
});

it("does not question complete addresses, nor texts that the gateway refuses", () => {
  const emails = new DoubtfulEmails();
  for (const text of ["carol@example.org", "carol@[IPv6:2001:db8::1]", "carol@[192.0.2.1]", "carol", ""])
    expect(emails.doubt(text, "Invite"), text).toBeUndefined();
});
