/** Every name in the environment that begins with it is a setting, or a mistake. */
export const PREFIX = "FLEETLOG_";

/** One setting: how its text is read, and how people are told what it accepts and what it is unless given. */
export interface Setting<T> {
  readonly description: string;
  readonly accepts: string;
  /** The default as people write it; absent where there is none. */
  readonly defaultText?: string;
  /** Its value unless given; a function where it depends on this machine or on the other settings of the process. */
  readonly fallback: T | ((others: Readonly<Record<string, unknown>>) => T);
  /** Secrets are never repeated in an error. */
  readonly secret?: boolean;
  /** The value of a text; undefined when it is not accepted. */
  readonly read: (text: string) => T | undefined;
}

/** `httpPort` to `FLEETLOG_HTTP_PORT`. */
export function environmentName(key: string): string {
  return `${PREFIX}${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
