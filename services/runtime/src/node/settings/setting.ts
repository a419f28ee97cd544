/** Every environment variable with this prefix must be a setting. */
export const PREFIX = "FLEETLOG_";

export interface Setting<T> {
  readonly description: string;
  readonly accepts: string;
  /** The default in the documentation. */
  readonly defaultText?: string;
  /** A function if the default depends on this machine or on other settings. */
  readonly fallback: T | ((others: Readonly<Record<string, unknown>>) => T);
  /** Errors never contain the value of a secret. */
  readonly secret?: boolean;
  readonly read: (text: string) => T | undefined;
}

/** `httpPort` to `FLEETLOG_HTTP_PORT`. */
export function environmentName(key: string): string {
  return `${PREFIX}${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
