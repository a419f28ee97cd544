/** What was done so far. */
export class Counts {
  registered = 0;
  /** Devices that were registered already. */
  known = 0;
  connections = 0;
  telemetry = 0;
  events = 0;
  profiles = 0;
  answers = 0;
  readonly #refused = new Map<string, number>();

  refuse(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  get refused(): number {
    return [...this.#refused.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The counts as a text for people. */
  get text(): string {
    const parts = [
      [this.registered, "devices registered"],
      [this.known, "devices there already"],
      [this.connections, "connections"],
      [this.telemetry, "telemetry reports"],
      [this.events, "events"],
      [this.profiles, "profiles"],
      [this.answers, "commands answered"],
      ...[...this.#refused].map(([code, count]) => [count, `refused (${code})`] as const),
    ] as const;
    const some = parts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString("en")} ${what}`);
    return some.length === 0 ? "nothing" : some.join(", ");
  }
}
