/** Every environment variable with this prefix must be a setting. */
export const PREFIX = "FLEETLOG_";

/** One setting: its parser, its default, and its documentation. */
export interface Setting<T> {
  readonly description: string;
  readonly accepts: string;
  /** The default as text for documentation; absent if there is none. */
  readonly defaultText?: string;
  /** The default value; a function if it depends on this machine or on other settings of the process. */
  readonly fallback: T | ((others: Readonly<Record<string, unknown>>) => T);
  /** Errors never contain the value of a secret. */
  readonly secret?: boolean;
  /** Parses the text; undefined when it is not accepted. */
  readonly read: (text: string) => T | undefined;
}

/** `httpPort` to `FLEETLOG_HTTP_PORT`. */
export function environmentName(key: string): string {
  return `${PREFIX}${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
