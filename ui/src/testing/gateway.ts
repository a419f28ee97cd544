/** Answers by method and path. */
export type Answers = (method: string, url: URL, body: unknown) => { status?: number; body?: unknown };

export interface StubGateway {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** The calls in order, such as `GET /api/devices?limit=1`. */
  readonly calls: string[];
}

export function stubGateway(answers: Answers): StubGateway {
  const calls: string[] = [];
  const answer = async (path: string, { method = "GET", body, signal }: RequestInit): Promise<Response> => {
    signal?.throwIfAborted();
    calls.push(`${method} ${path}`);
    const sent: unknown = typeof body === "string" ? JSON.parse(body) : undefined;
    const { status = 200, body: answered = {} } = answers(method, new URL(path, "http://gateway"), sent);
    return new Response(status === 204 ? null : JSON.stringify(answered), { status });
  };
  return { fetch: answer, calls };
}
