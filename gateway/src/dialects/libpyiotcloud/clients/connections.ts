import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Closes the connection after this answer, as the old server did, unless the client asks to keep it. The stock client
 * (Python's `http.client`) does not ask. It makes all calls on one connection object, which connects again when the server
 * has closed, but fails when an error's body was not read, or when an idle connection was closed meanwhile.
 */
export function closeUnlessKept({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers.connection?.toLowerCase() !== "keep-alive") reply.header("connection", "close");
}
