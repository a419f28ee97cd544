type Log = (fields: object, message: string) => void;

/** The methods that the agent uses of a logger; pino has them. */
export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
}

const nothing: Log = () => {};

export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
