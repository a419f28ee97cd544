import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { PREFIX_BYTES } from "./frames.ts";

/** One or more protobuf messages with their prefixes, which HTTP/2 sends together. */
export interface Message {
  readonly frames: Buffer;
  /** Called when the client's HTTP/2 window had room for them. */
  readonly flushed?: () => void;
}

/**
 * Lets a call write its next messages before the last ones are flushed. `Outlet` limits what waits. Without this class,
 * grpc-js waits until each message is flushed.
 */
class FlowingCall extends ServerInterceptingCall {
  override sendMessage(message: Message, callback: () => void): void {
    super.sendMessage(message, () => message.flushed?.());
    callback();
  }
}

export const flowing: ServerInterceptor = (_, call) => new FlowingCall(call);

/**
 * The serializer of all responses. It passes many messages to `@grpc/grpc-js` as one, because a write for each message
 * would take more time than all other work. `@grpc/grpc-js` allocates `byteLength` bytes behind a prefix of its own, and
 * calls `copy`. Each of our messages has a prefix; the first overwrites that of `@grpc/grpc-js`.
 */
export function serialize({ frames }: Message): Buffer {
  const copy = (target: Buffer): number => frames.copy(target);
  return { byteLength: frames.length - PREFIX_BYTES, copy } as unknown as Buffer;
}
