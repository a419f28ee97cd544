import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Closes the connection after this answer, as the old server did, unless the client asks to keep it. The stock client
 * (Python's `http.client`) does not ask. It makes all calls on one connection object, which connects again after the
 * server has closed. A kept connection would fail if the client did not read an error's body, or if it was closed while
 * idle.
 */
export function closeUnlessKept({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers.connection?.toLowerCase() !== "keep-alive") reply.header("connection", "close");
}
