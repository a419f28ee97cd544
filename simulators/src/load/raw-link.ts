/** Where load goes, and by which protocol. */
export type Target =
  | { readonly protocol: "mqtt"; readonly host: string; readonly port: number; readonly version?: 4 | 5 }
  | { readonly protocol: "websocket"; readonly host: string; readonly port: number; readonly path?: string };

export interface Credentials {
  readonly device: string;
  readonly token: string;
}

export interface RawEvents {
  /** Connected and logged in. */
  onOpen(): void;
  /** The gateway has acknowledged the message that was sent with this number; `refusal` if its answer was no. */
  onAnswer(number: number, refusal: string | undefined): void;
  /** The connection is gone, or never came to be. Once, and nothing after it. */
  onEnd(reason: string): void;
}

/** One connection without any comfort. Nothing may be sent before it is open. */
export interface RawLink {
  /** @param json of `{"data":…,"boot":…,"seq":…}` without its last brace, so that the name can follow where it has to */
  send(number: number, kind: "telemetry" | "event", name: string, json: string): void;
  /** Keeps a connection alive on which nothing else is sent. */
  ping(): void;
  end(): void;
  destroy(): void;
}

/** Every command is answered with its own parameters. */
export interface AnsweredCommand {
  readonly id: string;
  readonly params: unknown;
}
