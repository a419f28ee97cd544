import {
  type EnrolmentChange,
  type EnrolmentGroup,
  type EnrolmentOrder,
  type EnrolmentProof,
  enrolmentGroupDecider,
  invalid,
  type JsonObject,
  type ProvisionBundle,
  type Reenrolment,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, enrolmentSecretOf, scopeOf } from "@fleetlog/identity";
import { accountFor } from "../accounts/owner.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Done } from "../devices/decide.ts";
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import { mustBeAllowed, mustBeBundles } from "../provisioning/create.ts";
import { plainByDefault } from "../provisioning/plain.ts";
import { isRecorded, newBytes, newId } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";
import { acceptCertificates, authorityFor } from "./authority.ts";
import { decideOnGroup, groupInScope } from "./load.ts";
import { mustBeRevision } from "./revision.ts";

export interface CreateEnrolmentGroup {
  readonly name: string;
  readonly quota: number;
  readonly account?: string | undefined;
  readonly proof?: EnrolmentProof | undefined;
  readonly activatesAt?: string | undefined;
  readonly expiresAt?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly reenrolment?: Reenrolment | undefined;
  readonly idPattern?: string | undefined;
  /** Lets devices in without TLS; default: only if no port has TLS. */
  readonly allowPlain?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly configuration?: JsonObject | undefined;
  readonly bundles?: readonly ProvisionBundle[] | undefined;
  /** An authority of the account, by its id or its certificate: devices show a certificate of it, and there is no secret. */
  readonly ca?: string | undefined;
}

type Dependencies = Pick<
  Fleet,
  "log" | "writer" | "views" | "accounts" | "authorities" | "typeCommands" | "provisioner" | "artifacts"
>;

/**
 * Creates an enrolment group. Only this answer contains its secret, if it has one.
 * @throws FleetError `invalid-request`, `account-unknown`, `device-type-unknown`, `artifact-unknown`, `authority-unknown`,
 * `limit-reached`, `forbidden` naming `tags`, `log-unavailable`, `log-full`
 */
export async function createEnrolmentGroup(
  fleet: Dependencies,
  caller: Caller,
  request: CreateEnrolmentGroup,
  now: number,
): Promise<Done & { readonly id: string; readonly token?: string }> {
  authorize(caller.principal, "enrolment-group.create", WHOLE_FLEET);
  const account = accountFor(caller, "enrolment-group.create", request.account);
  mustHaveOwnTag(caller, "enrolment-group.create", request.tags ?? []);
  await fleet.accounts.get(account);
  const order = await orderOf(fleet, account, request, now);
  const id = newId(caller, "enrolment group");
  const token =
    order.ca === undefined ? await fleet.provisioner.enrolments.create(id, newBytes(caller, "secret")) : undefined;
  if (order.ca !== undefined) await acceptCertificates(fleet, id, order.ca);
  const { lastSeq } = await fleet.writer.record({
    decider: enrolmentGroupDecider,
    load: () =>
      caller.repeatable === undefined
        ? { state: undefined, lastSeq: 0 }
        : loadFromLog(fleet.log, enrolmentGroupDecider, "provisioning", id),
    command: { type: "CreateGroup", group: id, by: caller.by, ...order },
    entity: id,
    metadata: { ...metadataOf(caller, [id, "CreateGroup"]), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  return { id, seq: lastSeq, ...(token !== undefined && { token }) };
}

async function orderOf(
  fleet: Dependencies,
  account: string,
  request: CreateEnrolmentGroup,
  now: number,
): Promise<EnrolmentOrder> {
  const { name, quota, activatesAt, expiresAt, idPattern, tags = [], type, configuration, bundles = [] } = request;
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now)
    throw invalid("expiresAt", "expiresAt must be in the future");
  if (activatesAt !== undefined && expiresAt !== undefined && Date.parse(activatesAt) >= Date.parse(expiresAt)) {
    throw invalid("expiresAt", "expiresAt must be after activatesAt");
  }
  if (request.ca !== undefined && request.proof !== undefined && request.proof !== "certificate") {
    throw invalid("proof", "a group with an authority lets devices in by their certificates only");
  }
  if (request.ca === undefined && request.proof === "certificate")
    throw invalid("ca", "name an authority of the account");
  const ca = request.ca === undefined ? undefined : await authorityFor(fleet, account, request.ca, now);
  if (type !== undefined) await mustBeType(fleet, { name: type, account });
  if (configuration !== undefined) await mustBeAllowed(fleet, account, type, configuration);
  await mustBeBundles(fleet, account, bundles);
  return {
    name,
    proof: ca === undefined ? (request.proof ?? "secret") : "certificate",
    quota,
    ...(activatesAt !== undefined && { activatesOn: new Date(activatesAt).toISOString() }),
    ...(expiresAt !== undefined && { expiresOn: new Date(expiresAt).toISOString() }),
    enabled: request.enabled ?? true,
    reenrolment: request.reenrolment ?? "refuse",
    ...(idPattern !== undefined && { idPattern }),
    allowPlain: request.allowPlain ?? plainByDefault(fleet),
    tags,
    ...(type !== undefined && { deviceType: type }),
    ...(configuration !== undefined && { configuration }),
    bundles,
    ...(ca !== undefined && { ca }),
  };
}

/**
 * Changes a group; `expiresAt: null` means never.
 * @param ifRevision changes it only if it has one of these revisions
 * @throws FleetError `enrolment-group-unknown`, `enrolment-closed`, `precondition-failed`, `log-unavailable`, `log-full`
 */
export async function changeEnrolmentGroup(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  id: string,
  { expiresAt, ...change }: Omit<EnrolmentChange, "expiresOn"> & { readonly expiresAt?: string | null | undefined },
  ifRevision?: readonly string[],
): Promise<Done> {
  const expires = expiresAt == null ? expiresAt : new Date(expiresAt).toISOString();
  const changed = { ...change, ...(expires !== undefined && { expiresOn: expires }) };
  const command = { type: "ChangeGroup", change: changed, by: caller.by } as const;
  return decideInScope(fleet, caller, id, command, (state) => mustBeRevision(ifRevision, state));
}

/** Ends a group: no device enrols by it any more, on any node. */
export async function endEnrolmentGroup(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  id: string,
): Promise<Done> {
  return decideInScope(fleet, caller, id, { type: "EndGroup", by: caller.by });
}

/** Lets a device enrol once more. @throws FleetError `device-unknown` if the group has not enrolled the device */
export async function reopenEnrolment(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  id: string,
  device: string,
): Promise<Done> {
  return decideInScope(fleet, caller, id, { type: "ReopenEnrolment", device, by: caller.by });
}

/**
 * Replaces the secret. Only this answer contains the new one.
 * @param until end of the earlier secret, milliseconds since 1970; default: at once
 */
export async function rotateEnrolmentSecret(
  fleet: Pick<Fleet, "log" | "writer" | "provisioner">,
  caller: Caller,
  id: string,
  until?: number,
): Promise<Done & { readonly token: string }> {
  const overlap = until === undefined ? {} : { overlapUntil: new Date(until).toISOString() };
  const command = { type: "RotateSecret", by: caller.by, ...overlap } as const;
  const group = await changeableGroup(fleet, caller, id);
  const random = newBytes(caller, "secret");
  if (await isRecorded(fleet, caller, ["provisioning", id, command.type])) {
    return { seq: group.seq, token: enrolmentSecretOf(id, random) };
  }
  enrolmentGroupDecider.decide(command, group);
  // The secret is replaced before the event, so that the new secret is valid whenever the log has the event.
  const token = await fleet.provisioner.enrolments.rotate(id, until, random);
  return { ...(await decideInScope(fleet, caller, id, command)), token };
}

async function decideInScope(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  id: string,
  command: Parameters<typeof decideOnGroup>[3],
  check?: Parameters<typeof decideOnGroup>[4],
): Promise<Done> {
  const found = await changeableGroup(fleet, caller, id);
  const { lastSeq } = await decideOnGroup(fleet, caller, found, command, check);
  return { seq: lastSeq };
}

function changeableGroup(fleet: Pick<Fleet, "log">, caller: Caller, id: string): Promise<EnrolmentGroup> {
  authorize(caller.principal, "enrolment-group.change", WHOLE_FLEET);
  return groupInScope(fleet, id, scopeOf(caller.principal, "enrolment-group.change"));
}
