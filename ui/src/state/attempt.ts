/**
 * Idempotency key of a command: an unchanged command keeps its key, so that it is issued once. The gateway refuses a
 * key with another body, so a changed command gets a new key.
 */
export class Attempt {
  #sent: { readonly text: string; readonly key: string } | undefined;

  keyOf(body: unknown): string {
    const text = JSON.stringify(body);
    if (this.#sent?.text !== text) this.#sent = { text, key: crypto.randomUUID() };
    return this.#sent.key;
  }

  /** Call when the command was issued; the same body is then a second command. */
  done(): void {
    this.#sent = undefined;
  }
}
