import type { IncomingMessage } from "node:http";
import { type Action, type ErrorCode, FleetError } from "@fleetlog/domain";
import { PersonTokens } from "@fleetlog/identity";
import {
  type Authenticators,
  authenticate,
  bearerToken,
  requireSameOrigin,
  unauthenticated,
} from "../http/access/authenticate.ts";
import type { Refusals } from "../refusals/recorder.ts";
import type { Viewer } from "./person-socket.ts";

export interface AdmissionContext {
  readonly authenticators: Authenticators;
  readonly refusals: Pick<Refusals, "call">;
}

const RECORDED: ReadonlySet<ErrorCode> = new Set(["unauthenticated", "forbidden", "rate-limited"]);

/**
 * The person that opens a WebSocket, by token or cookie.
 *
 * @param action and call are recorded with a refusal
 * @param check throws to refuse the person
 * @throws FleetError `unauthenticated`, `forbidden`, `rate-limited`; errors of `check`
 */
export async function admitPerson(
  request: IncomingMessage,
  { authenticators, refusals }: AdmissionContext,
  action: Action,
  call: string,
  check: (viewer: Viewer) => void | Promise<void> = () => {},
): Promise<Viewer> {
  try {
    const viewer = await viewerOf(request, authenticators);
    await check(viewer);
    return viewer;
  } catch (error) {
    if (error instanceof FleetError && RECORDED.has(error.code)) {
      const { address } = authenticators.findClient(request);
      refusals.call({ action, call, code: error.code, address });
    }
    throw error;
  }
}

async function viewerOf(request: IncomingMessage, authenticators: Authenticators): Promise<Viewer> {
  const viewer = await authenticate(request, authenticators);
  if (viewer === undefined) throw unauthenticated();
  // A page of any origin may open a WebSocket with the cookie (RFC 6455, 10.2).
  if (viewer.by === "cookie") requireSameOrigin(request, authenticators);
  const token = bearerToken(request.headers);
  if (token === undefined || !PersonTokens.isAccessToken(token)) return viewer;
  return { ...viewer, until: (await authenticators.personTokens.untilOf(token)) ?? 0 };
}
