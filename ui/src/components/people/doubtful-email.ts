/** A domain without a dot, such as `localhost`, may exist in a private network. So the address is doubtful, not wrong. */
function isDoubtful(email: string): boolean {
  const domain = email.slice(email.lastIndexOf("@") + 1);
  return email.includes("@") && !domain.includes(".") && !domain.includes(":");
}

/** Asks about an address at which mail probably never arrives; not again while the address stays the same. */
export class DoubtfulEmails {
  #questioned: string | undefined;

  /** @param action name of the button that uses the address if it is pressed again */
  doubt(email: string, action: string): string | undefined {
    if (!isDoubtful(email) || email === this.#questioned) return undefined;
    this.#questioned = email;
    const example = `${email}.org`;
    return `Is it complete, such as ${example}? Mail to ${email} arrives only inside your own network. If it is right, press ${action} again.`;
  }
}
