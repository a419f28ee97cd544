import { answersOf, inboxOf, type NatsRole, NEEDS, type Needs } from "./roles.ts";

export interface Permissions {
  readonly publish: { readonly allow: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
}

export function permissionsOf(role: NatsRole): Permissions {
  const needs = NEEDS[role];
  return {
    publish: { allow: [...publishes(needs)] },
    subscribe: { allow: [`${inboxOf(role)}.>`, `${answersOf(role)}.>`, ...needs.subscribes] },
  };
}

function* publishes(needs: Needs): Generator<string> {
  const { appends, reads, updatesStreams, buckets, makesBuckets = [], readsBuckets = [], objects } = needs;
  if (appends === "all") yield "fleet.*.*";
  else for (const category of appends) yield `fleet.${category}.*`;
  yield* needs.publishes;
  for (const role of needs.answers) yield `${answersOf(role)}.>`;
  yield "$JS.API.INFO";
  for (const stream of reads) {
    if (updatesStreams) yield* makes(stream);
    yield* readsStream(stream);
    if (updatesStreams) yield `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`;
  }
  for (const bucket of buckets) {
    yield `$KV.${bucket}.>`;
    if (updatesStreams) yield* makes(`KV_${bucket}`);
    yield* readsStream(`KV_${bucket}`);
  }
  for (const bucket of makesBuckets) {
    yield `$JS.API.STREAM.INFO.KV_${bucket}`;
    yield* makes(`KV_${bucket}`);
  }
  for (const bucket of readsBuckets) yield* readsStream(`KV_${bucket}`);
  for (const bucket of objects) {
    yield `$O.${bucket}.>`;
    yield* makes(`OBJ_${bucket}`);
    yield* readsStream(`OBJ_${bucket}`);
    yield `$JS.API.STREAM.PURGE.OBJ_${bucket}`;
  }
}

/** The API subjects that create a stream and change it. */
function* makes(stream: string): Generator<string> {
  yield `$JS.API.STREAM.CREATE.${stream}`;
  yield `$JS.API.STREAM.UPDATE.${stream}`;
}

function* readsStream(stream: string): Generator<string> {
  yield `$JS.API.STREAM.INFO.${stream}`;
  yield `$JS.API.STREAM.MSG.GET.${stream}`;
  yield `$JS.API.DIRECT.GET.${stream}`;
  yield `$JS.API.DIRECT.GET.${stream}.>`;
  yield `$JS.API.CONSUMER.CREATE.${stream}.>`;
  yield `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`;
  yield `$JS.API.CONSUMER.DELETE.${stream}.*`;
}
