/** Domains with one name exist inside networks, such as `localhost`: such an address is doubtful, not wrong. */
function isDoubtful(email: string): boolean {
  const domain = email.slice(email.lastIndexOf("@") + 1);
  return email.includes("@") && !domain.includes(".") && !domain.includes(":");
}

/** Questions addresses to which mail probably never arrives, each time that another one is given. */
export class DoubtfulEmails {
  #questioned: string | undefined;

  /** @param action name of the button that uses the address; pressed again, it uses it */
  doubt(email: string, action: string): string | undefined {
    if (!isDoubtful(email) || email === this.#questioned) return undefined;
    this.#questioned = email;
    const example = `${email}.org`;
    return `Is it complete, such as ${example}? Mail to ${email} arrives only inside your own network. If it is right, press ${action} again.`;
  }
}
