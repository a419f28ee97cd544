const EMAIL = /^[^\s@<>",;\p{Cc}]{1,64}@[^\s@<>",;\p{Cc}]{1,190}$/u;

export function isEmail(text: string): boolean {
  return EMAIL.test(text);
}
