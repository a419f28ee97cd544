/** Address and API key of an installation. */
export interface Installation {
  readonly url: string;
  readonly key: string;
}

export interface ReplayOptions {
  readonly source: Installation;
  readonly target: Installation;
  /** FLEET sequences, or times (RFC 3339). */
  readonly from: string | number;
  /** Default: now. */
  readonly to: string | number | undefined;
  readonly speed: number;
  readonly group: string | undefined;
  readonly devices: readonly string[];
  readonly prefix: string;
  /** Where tokens of devices and the progress are kept. */
  readonly folder: string;
  readonly replaceTokens: boolean;
  readonly dryRun: boolean;
}
