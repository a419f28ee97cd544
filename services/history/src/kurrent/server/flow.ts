import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";

export interface Message {
  readonly bytes: Buffer;
  /** Called when the client's HTTP/2 window had room for it. */
  readonly flushed?: () => void;
}

/**
 * Lets a call write its next message before the last one is flushed, so that HTTP/2 sends many at once. `Outlet` limits
 * what waits. By itself gRPC sends each message apart, which halves the rate.
 */
class FlowingCall extends ServerInterceptingCall {
  override sendMessage(message: Message, callback: () => void): void {
    super.sendMessage(message, () => message.flushed?.());
    callback();
  }
}

export const flowing: ServerInterceptor = (_, call) => new FlowingCall(call);
