import type { Bus } from "@fleetlog/log";
import { type HistoryPart, historyPartsSubject, historySubject } from "@fleetlog/protocol";

/** The whole text of a historian's answer. @throws FleetError of the call */
export async function wholeAnswer(bus: Bus, call: string, request: object): Promise<string> {
  const limits = { timeoutMs: 30_000 };
  let part = (await bus.request(historySubject(call), request, limits)) as HistoryPart;
  let text = part.text;
  while (part.next !== undefined) {
    part = (await bus.request(historyPartsSubject(part.next.historian), part.next, limits)) as HistoryPart;
    text += part.text;
  }
  return text;
}
