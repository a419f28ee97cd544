import { parseSubject, type RecordedEvent } from "@fleetlog/domain";
import { OwnedDevices } from "../access/devices.ts";

/** The devices of these events, which are all that the log has. */
export function ownedIn(events: readonly RecordedEvent[]): OwnedDevices {
  return new OwnedDevices({
    async *read({ fromSeq = 1 }) {
      const isWanted = ({ subject, seq }: RecordedEvent) =>
        seq >= fromSeq && parseSubject(subject)?.category === "device";
      yield* events.filter(isWanted);
    },
    state: async () => ({ lastSeq: events.at(-1)?.seq ?? 0 }),
  });
}
