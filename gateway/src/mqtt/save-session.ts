import { DeviceSession } from "../sessions/index.ts";
import type { HandledConnection } from "./handlers/handler.ts";
import { recordOf, type SessionState } from "./session/record.ts";

type SavedConnection = Pick<HandledConnection, "session" | "context"> & SessionState & { revision: number | undefined };

/** Stores the session of an open connection, if it outlives the connection. */
export async function saveOpenSession(connection: SavedConnection): Promise<void> {
  const { session, expirySeconds, revision, context } = connection;
  if (!(session instanceof DeviceSession) || expirySeconds === 0) return;
  const { device } = session;
  try {
    connection.revision = await context.store.save(device, recordOf(session, connection), revision);
  } catch (error) {
    context.logger.warn(
      { err: error, device },
      "could not store an MQTT session; trying again when the connection ends",
    );
  }
}
