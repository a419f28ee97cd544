type Log = (fields: object, message: string) => void;

export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
}

const nothing: Log = () => {};

export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
