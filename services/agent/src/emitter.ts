type Listener = (...values: readonly unknown[]) => void;

export class Emitter<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #listeners = new Map<keyof Events, { readonly listener: Listener; readonly called: Listener }[]>();

  on<Name extends keyof Events>(event: Name, listener: (...values: Events[Name]) => void): this {
    return this.#add(event, listener as Listener, listener as Listener);
  }

  once<Name extends keyof Events>(event: Name, listener: (...values: Events[Name]) => void): this {
    const called = (...values: Events[Name]): void => {
      this.off(event, listener);
      listener(...values);
    };
    return this.#add(event, listener as Listener, called as Listener);
  }

  off<Name extends keyof Events>(event: Name, listener: (...values: Events[Name]) => void): this {
    const listeners = this.#listeners.get(event) ?? [];
    const at = listeners.findLastIndex((one) => one.listener === (listener as Listener));
    if (at >= 0)
      this.#listeners.set(
        event,
        listeners.filter((_, i) => i !== at),
      );
    return this;
  }

  /** `events.once` and `events.on` of Node use this name. */
  addListener<Name extends keyof Events>(event: Name, listener: (...values: Events[Name]) => void): this {
    return this.on(event, listener);
  }

  removeListener<Name extends keyof Events>(event: Name, listener: (...values: Events[Name]) => void): this {
    return this.off(event, listener);
  }

  /** A listener's error ends the call. */
  emit<Name extends keyof Events>(event: Name, ...values: Events[Name]): boolean {
    const listeners = this.#listeners.get(event) ?? [];
    for (const { called } of listeners) called(...values);
    return listeners.length > 0;
  }

  #add(event: keyof Events, listener: Listener, called: Listener): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), { listener, called }]);
    return this;
  }
}
