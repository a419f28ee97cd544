import { type MuxSubscription, RequestOne } from "@nats-io/nats-core/internal";

/**
 * Ends an answered request without the error that the client creates for each of them, and drops. Errors take their
 * stack, which is more work than all the rest of a request.
 */
export function endAnswered(mux: MuxSubscription): void {
  const client = mux.dispatcher();
  mux.dispatcher = () => (error, message) => {
    const request = error === null ? mux.get(mux.getToken(message) ?? "") : undefined;
    // An answer without a payload may mean that nobody listens.
    if (!(request instanceof RequestOne) || message.data.length === 0) return client(error, message);
    request.timer.cancel();
    mux.cancel(request);
    request.deferred.resolve(message);
  };
}
