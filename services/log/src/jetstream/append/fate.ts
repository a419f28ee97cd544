import type { PendingAppend } from "./pending.ts";
import type { PipelineHost } from "./pipeline-host.ts";

/**
 * What became of an append whose last attempt the server refused. The sequence: an earlier attempt is stored.
 * `refused`: none is stored, and none can be stored any more. A cluster checks the expected sequence before the id, also
 * against appends that are still being replicated. So a refusal may be a conflict with the append's own first attempt.
 */
export async function fateOf(
  append: PendingAppend,
  host: Pick<PipelineHost, "findStored" | "mayFollow">,
): Promise<number | "refused" | "unknown"> {
  try {
    // Asked before the search, so that the search also finds what is stored meanwhile.
    const mayFollow = await host.mayFollow(append);
    const seq = (await host.findStored([append])).get(append.id);
    return seq ?? (mayFollow ? "unknown" : "refused");
  } catch {
    return "unknown";
  }
}
