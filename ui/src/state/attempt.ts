/**
 * The idempotency key of what is being sent: sent again after a failure it is one command, changed in between it is
 * another, for which the same key would be refused.
 */
export class Attempt {
  #sent: { readonly text: string; readonly key: string } | undefined;

  keyOf(body: unknown): string {
    const text = JSON.stringify(body);
    if (this.#sent?.text !== text) this.#sent = { text, key: crypto.randomUUID() };
    return this.#sent.key;
  }

  /** It has arrived: the same once more is meant to be a second one. */
  done(): void {
    this.#sent = undefined;
  }
}
