const EMAIL = /^[^\s@<>",;\p{Cc}]{1,64}@(?<domain>[^\s@<>",;\p{Cc}]{1,190})$/u;

/**
 * Whether a text is an email address. No part of a domain may be empty, as the last one in `ada@example.` (RFC 5321,
 * 4.1.2).
 */
export function isEmail(text: string): boolean {
  const domain = EMAIL.exec(text)?.groups?.domain;
  return domain !== undefined && !domain.split(".").includes("");
}
