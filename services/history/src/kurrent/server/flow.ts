import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";

/** One or more protobuf messages, which HTTP/2 sends together. */
export interface Message {
  readonly messages: readonly Buffer[];
  /** Called when the client's HTTP/2 window had room for them. */
  readonly flushed?: () => void;
}

/**
 * Lets a call write its next messages before the last ones are flushed. `Outlet` limits what waits. By itself gRPC waits
 * for each message.
 */
class FlowingCall extends ServerInterceptingCall {
  override sendMessage(message: Message, callback: () => void): void {
    super.sendMessage(message, () => message.flushed?.());
    callback();
  }
}

export const flowing: ServerInterceptor = (_, call) => new FlowingCall(call);

/** The compression flag and the length (gRPC over HTTP/2, Length-Prefixed-Message). */
const PREFIX_BYTES = 5;

/**
 * The serializer of all responses. `@grpc/grpc-js` asks it for one message, allocates `byteLength` bytes and a prefix, and
 * lets the message copy itself behind the prefix. Here it is many messages with a prefix each, from the first byte on:
 * one write for each message takes more time than all the rest.
 */
export function serialize({ messages }: Message): Buffer {
  const length = messages.reduce((sum, message) => sum + PREFIX_BYTES + message.length, 0);
  const copy = (target: Buffer): number => {
    let at = 0;
    for (const message of messages) {
      target[at] = 0;
      target.writeUInt32BE(message.length, at + 1);
      at += PREFIX_BYTES + message.copy(target, at + PREFIX_BYTES);
    }
    return at;
  };
  return { byteLength: length - PREFIX_BYTES, copy } as unknown as Buffer;
}
