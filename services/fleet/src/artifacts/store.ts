import {
  type ArtifactId,
  type ArtifactState,
  artifactDecider,
  artifactEntity,
  artifactExists,
  FleetError,
  type StoredArtifact,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import { type Digests, digestsOf } from "@fleetlog/log";
import { formatSize } from "@fleetlog/runtime";
import { inTurn } from "../accounts/turns.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { DeclaredDigests } from "../dependencies/artifacts/artifact-store.ts";
import type { PendingObject } from "../dependencies/artifacts/pending-objects.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { type ArtifactName, artifactIdFor, checkArtifactName } from "./artifact-id.ts";
import { loadArtifact } from "./find.ts";

export interface StoreRequest extends ArtifactName {
  readonly mediaType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly size?: number | undefined;
  readonly digests: DeclaredDigests;
}

export interface StoreResult {
  readonly artifact: StoredArtifact;
  /** False if the same bytes were stored before. */
  readonly created: boolean;
}

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "accounts" | "artifacts">;

/**
 * Stores a version. The event follows when all bytes are on disk and have the declared hashes; readers then find the
 * version. Of several uploads of one version, the first event counts.
 * @throws FleetError `account-unknown`, `invalid-request`, `artifact-exists`, `digest-mismatch`, `payload-too-large`,
 * `storage-full`, `log-unavailable`, `log-full`; errors of `bytes`
 */
export async function storeArtifact(fleet: Dependencies, caller: Caller, request: StoreRequest): Promise<StoreResult> {
  authorize(caller.principal, "artifact.store", WHOLE_FLEET);
  checkArtifactName(request);
  const id = artifactIdFor(request, caller.principal, scopeOf(caller.principal, "artifact.store"));
  await fleet.accounts.get(id.account);
  const { state } = await loadArtifact(fleet.log, id);
  refuseEarly(state, request, fleet.artifacts.limits.maxBytes);
  if (state.status === "stored") {
    // A file that is longer than the stored artifact differs from it.
    const digests = await digestsOf(
      limited(request.bytes, { bytes: state.size, refusal: () => artifactExists(id, state.status) }),
    );
    verify(digests, request);
    if (digests.sha256 !== state.sha256) throw artifactExists(id, state.status);
    return { artifact: state, created: false };
  }
  const allowed = await bytesAllowed(fleet, id.account);
  return storeNew(fleet, caller, { ...request, bytes: limited(request.bytes, allowed) }, id);
}

async function storeNew(
  fleet: Dependencies,
  caller: Caller,
  request: StoreRequest,
  id: ArtifactId,
): Promise<StoreResult> {
  const { objects, pending } = fleet.artifacts;
  const object = await pending.begin(id);
  let stored: StoreResult;
  try {
    const digests = await objects.write(object.id, request.bytes);
    verify(digests, request);
    const record = () => append(fleet, caller, id, { ...digests, mediaType: request.mediaType }, object);
    stored = await withRoomFor(fleet, id.account, digests.size, record);
  } catch (error) {
    await discard(fleet, id, object);
    throw error;
  }
  if (stored.artifact.object !== object.id) await discard(fleet, id, object);
  else if (await isTaken(object)) {
    await withdraw(fleet, caller, id, object);
    throw lost();
  } else await object.settle().catch(() => object.leave());
  return stored;
}

/** Whether a sweep has taken the object although this process goes on: it was paused before the event. */
async function isTaken(object: PendingObject): Promise<boolean> {
  return object.confirm().then(
    () => false,
    (error: unknown) => error instanceof FleetError && error.code === "conflict",
  );
}

/** Deletes the version, whose bytes are removed or will be. */
async function withdraw(fleet: Dependencies, caller: Caller, id: ArtifactId, object: PendingObject): Promise<void> {
  await fleet.writer.record({
    decider: artifactDecider,
    load: async () => {
      const loaded = await loadArtifact(fleet.log, id);
      if (loaded.state.status !== "stored" || loaded.state.object !== object.id) throw lost();
      return loaded;
    },
    command: { type: "DeleteArtifact", by: caller.by },
    entity: artifactEntity(id),
    metadata: { ...metadataOf(caller), account: id.account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  await discard(fleet, id, object);
}

function lost(): FleetError {
  return new FleetError("conflict", "the upload was removed, because it looked abandoned", {
    advice: "Upload it again.",
  });
}

async function append(
  { log, writer }: Dependencies,
  caller: Caller,
  id: ArtifactId,
  content: Digests & { readonly mediaType: string },
  object: PendingObject,
): Promise<StoreResult> {
  await object.confirm();
  const { state, event } = await writer.record({
    decider: artifactDecider,
    load: () => loadArtifact(log, id),
    command: { type: "StoreArtifact", ...id, ...content, object: object.id, by: caller.by },
    entity: artifactEntity(id),
    metadata: { ...metadataOf(caller), account: id.account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  if (state.status !== "stored") throw new FleetError("conflict", "the version was deleted meanwhile");
  return { artifact: state, created: event !== undefined };
}

/** Removes the bytes if no event names them; a failed append may still have stored its event. */
async function discard({ log, artifacts }: Dependencies, id: ArtifactId, object: PendingObject): Promise<void> {
  try {
    const { state } = await loadArtifact(log, id);
    if (state.status !== "stored" || state.object !== object.id) await artifacts.objects.remove(object.id);
    await object.settle();
  } catch {
    object.leave();
  }
}

/** Refuses by the declared size or hash, before a byte is read. */
function refuseEarly(state: ArtifactState, request: StoreRequest, maxBytes: number): void {
  const { size, digests } = request;
  if (size !== undefined && size > maxBytes) throw tooLarge(maxBytes);
  if (size === 0) throw new FleetError("invalid-request", "an artifact has at least one byte", { field: "body" });
  if (state.status === "unknown") return;
  const differs = digests.sha256 !== undefined && digests.sha256 !== state.sha256;
  if (differs || (state.status === "stored" && size !== undefined && size !== state.size))
    throw artifactExists(request, state.status);
}

/** Bytes that the account may still store in one version. */
async function bytesAllowed({ artifacts, views }: Dependencies, account: string): Promise<Allowed> {
  const { maxBytes, accountBytes } = artifacts.limits;
  const ofVersion = { bytes: maxBytes, refusal: () => tooLarge(maxBytes) };
  if (accountBytes === Number.POSITIVE_INFINITY) return ofVersion;
  const used = await views.query("artifacts.usage", { account }, { whenAway: "wait" });
  const left = Math.max(accountBytes - used.bytes, 0);
  return left >= maxBytes ? ofVersion : { bytes: left, refusal: () => accountFull(accountBytes) };
}

/**
 * Records a version if the account still has room. Two nodes that record at the same moment may exceed the limit by one
 * version each.
 */
function withRoomFor<T>(fleet: Dependencies, account: string, size: number, record: () => Promise<T>): Promise<T> {
  const { accountBytes } = fleet.artifacts.limits;
  if (accountBytes === Number.POSITIVE_INFINITY) return record();
  return inTurn(fleet.accounts, `artifacts of ${account}`, async () => {
    const { lastSeq } = await fleet.log.state("FLEET");
    const used = await fleet.views.query("artifacts.usage", { account }, { atLeast: lastSeq, whenAway: "wait" });
    if (used.bytes + size > accountBytes) throw accountFull(accountBytes);
    return record();
  });
}

interface Allowed {
  readonly bytes: number;
  refusal(): FleetError;
}

async function* limited(bytes: AsyncIterable<Uint8Array>, allowed: Allowed): AsyncGenerator<Uint8Array> {
  let left = allowed.bytes;
  for await (const part of bytes) {
    left -= part.length;
    if (left < 0) throw allowed.refusal();
    yield part;
  }
}

function verify(found: Digests, { size, digests }: StoreRequest): void {
  if (found.size === 0) throw new FleetError("invalid-request", "an artifact has at least one byte", { field: "body" });
  if (size !== undefined && size !== found.size)
    throw new FleetError("invalid-request", `${found.size} bytes arrived, ${size} were declared`, { field: "body" });
  for (const [algorithm, name] of [
    ["sha256", "SHA-256"],
    ["sha1", "SHA-1"],
  ] as const) {
    const declared = digests[algorithm];
    if (declared === undefined || declared === found[algorithm]) continue;
    throw new FleetError(
      "digest-mismatch",
      `the bytes have the ${name} ${found[algorithm]}, but ${declared} was declared`,
      {
        advice: "Upload the file again.",
      },
    );
  }
}

function tooLarge(maxBytes: number): FleetError {
  return new FleetError("payload-too-large", `a version may have at most ${formatSize(maxBytes)} here`, {
    advice: "Send a smaller file, or raise FLEETLOG_ARTIFACT_MAX_BYTES.",
  });
}

function accountFull(maxBytes: number): FleetError {
  return new FleetError(
    "storage-full",
    `the artifacts of this account may have at most ${formatSize(maxBytes)} together`,
    {
      advice: "Delete versions that nothing uses, or raise FLEETLOG_ARTIFACT_ACCOUNT_BYTES.",
    },
  );
}
