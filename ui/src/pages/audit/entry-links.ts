import type { AuditEntry } from "../../data/audit.ts";
import { ERASED, erasedName, shortId } from "../../data/people.ts";
import { paths } from "../../state/paths.ts";

/** What an entry names, with the page that shows it. */
export interface NamedLink {
  readonly text: string;
  /** The whole id, if the text has only its beginning. */
  readonly id?: string;
  readonly href?: string;
}

interface Kind {
  readonly what: string;
  readonly page: (id: string) => string;
  readonly byName?: true;
}

/** The keys are categories, or beginnings of event types where several things share a category. */
const KINDS: Readonly<Record<string, Kind>> = {
  Provision: { what: "provision request", page: paths.provisionRequest },
  Enrol: { what: "enrolment group", page: paths.enrolmentGroup },
  DeviceEnrolled: { what: "enrolment group", page: paths.enrolmentGroup },
  ClaimCode: { what: "claim code", page: () => paths.claimCodes },
  Import: { what: "import", page: () => paths.imports },
  ApiKey: { what: "API key", page: () => paths.apiKeys },
  Authority: { what: "account", page: () => paths.certificateAuthorities, byName: true },
  person: { what: "person", page: searchOf },
  account: { what: "account", page: () => paths.accounts, byName: true },
  scan: { what: "scan", page: () => paths.scans },
  catalogue: { what: "catalogue", page: () => paths.catalogues, byName: true },
  artifact: { what: "artifact", page: () => paths.artifacts, byName: true },
  type: { what: "type", page: () => paths.deviceTypes, byName: true },
  group: { what: "group", page: () => paths.groups, byName: true },
  channel: { what: "channel", page: () => paths.channels, byName: true },
  gateway: { what: "gateway", page: () => paths.gateways, byName: true },
};

/** Callers that are no people, such as `provision-requests/<id>`. */
const CALLERS: Readonly<Record<string, Kind>> = {
  "provision-requests": KINDS.Provision as Kind,
  "enrolment-groups": KINDS.Enrol as Kind,
  "claim-codes": KINDS.ClaimCode as Kind,
};

/** What was changed; undefined for an entry that names no such thing. */
export function changedBy({ device, category, entity, entityName, event }: AuditEntry): NamedLink | undefined {
  if (device !== undefined) return { text: device, href: paths.device(device) };
  if (category === undefined || entity === undefined) return undefined;
  if (entityName === ERASED) return { text: erasedName(entity), id: entity, href: searchOf(entity) };
  if (entityName !== undefined) return { text: entityName, id: entity, href: searchOf(entityName) };
  const found = Object.entries(KINDS).find(([start]) => event.startsWith(start))?.[1] ?? KINDS[category];
  return found === undefined ? { text: `${category} ${entity}` } : linkOf(found, entity);
}

/** A caller that is no person; undefined for people. */
export function callerOf(by: string): NamedLink | undefined {
  const [collection = "", id = ""] = by.split("/", 2);
  const kind = CALLERS[collection];
  return kind === undefined || id === "" ? undefined : linkOf(kind, id);
}

function linkOf({ what, page, byName }: Kind, id: string): NamedLink {
  const href = page(id);
  const short = shortId(id);
  return byName || short === id ? { text: `${what} ${id}`, href } : { text: `${what} ${short}`, id, href };
}

/** @param text name, address or id */
function searchOf(text: string): string {
  return `${paths.people}?${new URLSearchParams({ search: text, state: "all" })}`;
}
