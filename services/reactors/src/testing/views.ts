import { type Command, commandOf, command as decider, encodeToken, FleetError, hasEnded } from "@fleetlog/domain";
import type { Backbone } from "@fleetlog/log";
import { QUERY_QUEUE, type Queries, type QueryAnswer, type QueryRequest, querySubject } from "@fleetlog/protocol";

type CommandQuery = "commands.get" | "commands.open" | "commands.pending";
type Answer<N extends CommandQuery> = (commands: ReadonlyMap<string, Command>, params: Queries[N]["params"]) => unknown;

/** Short pages, as large commands make them. */
const PAGE_SIZE = 3;

const answers: { readonly [N in CommandQuery]: Answer<N> } = {
  "commands.get": (commands, { id }) => commands.get(id) ?? null,
  "commands.open": (commands, { after = 0, limit = 100 }) =>
    open(commands)
      .filter(({ seq }) => seq > after)
      .slice(0, Math.min(limit, PAGE_SIZE)),
  "commands.pending": (commands, { device, after = 0, limit = 100 }) =>
    open(commands)
      .filter((each) => each.device === device && each.seq > after)
      .slice(0, Math.min(limit, PAGE_SIZE)),
};

/** Answers the reactions' view queries by folding the log for each query. */
export function answerFromLog({ log, bus }: Backbone): { stop(): void } {
  const answer = async <N extends CommandQuery>(name: N, data: unknown): Promise<QueryAnswer<N>> => {
    const { params, atLeast = 0 } = data as QueryRequest<N>;
    const { lastSeq } = await log.state("FLEET");
    if (lastSeq < atLeast) throw new FleetError("view-behind", `the view is at ${lastSeq}, not yet at ${atLeast}`);
    const commands = new Map<string, Command>();
    for await (const event of log.read({ stream: "FLEET", category: "command" })) {
      const id = commandOf(event);
      if (id === undefined || event.seq > lastSeq) continue;
      const evolved = decider.evolve(commands.get(id), event);
      if (evolved !== undefined) commands.set(id, evolved);
    }
    return { result: answers[name](commands, params) as Queries[N]["result"], seq: lastSeq };
  };
  const names = Object.keys(answers) as CommandQuery[];
  const responders = names.map((name) => bus.respond(querySubject(name), QUERY_QUEUE, (data) => answer(name, data)));
  return {
    stop() {
      for (const responder of responders) responder.stop();
    },
  };
}

export function liveOf(device: string): string {
  return `live.${encodeToken(device)}.*`;
}

function open(commands: ReadonlyMap<string, Command>): Command[] {
  return [...commands.values()].filter((each) => !hasEnded(each)).sort((a, b) => a.seq - b.seq);
}
