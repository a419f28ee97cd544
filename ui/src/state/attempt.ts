/**
 * Idempotency keys for repeated attempts: an unchanged command keeps its key, so that it is issued once. A changed
 * command gets another key, since the gateway refuses a key that was used for a different body.
 */
export class Attempt {
  #sent: { readonly text: string; readonly key: string } | undefined;

  keyOf(body: unknown): string {
    const text = JSON.stringify(body);
    if (this.#sent?.text !== text) this.#sent = { text, key: crypto.randomUUID() };
    return this.#sent.key;
  }

  /** Call when the command was issued: from then on the same body is a second command. */
  done(): void {
    this.#sent = undefined;
  }
}
