import { WebSocket } from "ws";

/** RFC 6455, 7.4.1. */
const PROTOCOL_ERROR = 1002;
const NOT_UTF8 = 1007;
const POLICY = 1008;
const TOO_LARGE = 1009;

export type FrameFault = Error & { readonly code: string };

/**
 * A WebSocket that says why it closes after an invalid frame (RFC 6455, 7.1.6). `ws` closes by itself then, by calling
 * `close` with a code alone.
 * @param messageBytes maximum of a message
 */
export function explainedWebSocket(messageBytes: number): typeof WebSocket {
  const reasons: Readonly<Record<number, string>> = {
    [PROTOCOL_ERROR]: "a frame is invalid",
    [NOT_UTF8]: "a text is not UTF-8",
    [POLICY]: "a message came in too many fragments or pieces",
    [TOO_LARGE]: tooLargeMessage(messageBytes),
  };
  return class extends WebSocket {
    override close(code?: number, reason?: string | Buffer): void {
      super.close(code, reason ?? (code === undefined ? undefined : reasons[code]));
    }
  };
}

/** Why a WebSocket closes after the error, for people. @param messageBytes maximum of a message */
export function faultText(error: FrameFault, messageBytes: number): string {
  return error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? tooLargeMessage(messageBytes) : error.message;
}

/** `ws` has error codes of its own for invalid frames (RFC 6455, 7.1.7). */
export function isFrameFault(error: Error & { readonly code?: string | undefined }): error is FrameFault {
  return error.code?.startsWith("WS_ERR_") === true;
}

function tooLargeMessage(messageBytes: number): string {
  return `a message is larger than ${messageBytes} bytes`;
}
