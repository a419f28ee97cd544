import { encodeToken } from "@fleetlog/domain";
import type { Bus, Logger } from "@fleetlog/log";
import type { Retention } from "../retention.ts";
import type { ArchiveSnapshot } from "../snapshot.ts";
import { answerCopies } from "./answers.ts";
import { type CompletedArchive, Copies } from "./copies.ts";
import { OtherHistorians } from "./others.ts";

export interface ExchangeOptions {
  readonly bus: Bus;
  /** This historian. */
  readonly id: string;
  readonly archive: CompletedArchive & { take(): ArchiveSnapshot };
  readonly retention: Retention;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly intervalMs?: number;
}

/**
 * Lets other historians copy from the archive, and copies what it lacks from them.
 *
 * @returns a function that ends both
 */
export function startExchange({ bus, id, archive, ...options }: ExchangeOptions): () => Promise<void> {
  const stopAnswers = answerCopies({ bus, historian: encodeToken(id), archive });
  const others = new OtherHistorians(bus, id);
  const copies = new Copies({ ...options, archive, others });
  copies.start();
  return async () => {
    stopAnswers();
    others.stop();
    await copies.close();
  };
}
