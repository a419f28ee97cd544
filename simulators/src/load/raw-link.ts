export type Target =
  | {
      readonly protocol: "mqtt";
      readonly host: string;
      readonly port: number;
      readonly version?: 4 | 5;
      readonly tls?: boolean;
    }
  | { readonly protocol: "websocket"; readonly host: string; readonly port: number; readonly path?: string };

export interface Credentials {
  readonly device: string;
  readonly token: string;
}

export interface RawEvents {
  onOpen(): void;
  onAnswer(number: number, refusal: string | undefined): void;
  /** The connection has ended, or could not be made. Called last, and once. */
  onEnd(reason: string): void;
}

/** A plain connection without queue or reconnect. Send nothing before `onOpen`. */
export interface RawLink {
  /** @param json `{"data":…,"boot":…,"seq":…}` without the closing brace, so that a protocol can add the name */
  send(number: number, kind: "telemetry" | "event", name: string, json: string): void;
  ping(): void;
  end(): void;
  destroy(): void;
}

/** The fields of a command that its answer needs: a load device returns the parameters as the result. */
export interface AnsweredCommand {
  readonly id: string;
  readonly params: unknown;
}
