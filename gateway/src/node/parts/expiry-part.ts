import type { Authority } from "@fleetlog/identity";
import type { Expiring } from "@fleetlog/protocol";
import { environmentName } from "@fleetlog/runtime/node";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

const DAY_MS = 86_400_000;
const WARN_MS = 30 * DAY_MS;
const CHECK_MS = 3_600_000;
/** Certificates that only an operator can renew. Fleetlog renews its own certificates. */
const FILES: ReadonlySet<string> = new Set(["tlsCert", "tlsClientCa"].map(environmentName));

export interface ExpiryPart extends NodePart {
  /** Certificates that expire within 30 days or have expired, and that only an operator can renew. */
  expiring(): readonly Expiring[];
}

/**
 * Warns before the authority (its root, if Fleetlog made it) or a certificate in a TLS file expires: in the log once a
 * day, and on the pages.
 */
export function expiryPart(
  { logger, clock }: Pick<Core, "logger" | "clock">,
  authority: Pick<Authority, "ends">,
  files: () => ReadonlyMap<string, Date> | undefined,
): ExpiryPart {
  let ofAuthority: { readonly subject: string; readonly at: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let warnedAt = Number.NEGATIVE_INFINITY;

  function expiring(): readonly Expiring[] {
    const ends = [
      ...(ofAuthority === undefined ? [] : [{ what: `the authority ${ofAuthority.subject}`, at: ofAuthority.at }]),
      ...[...(files() ?? [])].flatMap(([what, end]) => (FILES.has(what) ? [{ what, at: end.getTime() }] : [])),
    ];
    const soon = ends.filter(({ at }) => at - clock() < WARN_MS).sort((a, b) => a.at - b.at);
    return soon.map(({ what, at }) => ({ what, at: new Date(at).toISOString() }));
  }

  async function check(): Promise<void> {
    try {
      ofAuthority = await authority.ends();
    } catch (error) {
      logger.debug({ err: error }, "can't read when the authority expires; trying again");
    }
    const found = expiring();
    if (found.length === 0 || clock() - warnedAt < DAY_MS) return;
    warnedAt = clock();
    for (const { what, at } of found) logger.warn({ what, at }, `${what} expires at ${at}: renew it before then`);
  }

  return {
    name: "expiry",
    expiring,
    async start() {
      await check();
      timer = setInterval(() => void check(), CHECK_MS).unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}
