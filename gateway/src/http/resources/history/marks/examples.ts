const HistoryMark = {
  firstSeq: 1,
  lastSeq: 10_000,
  entries: 10_000,
  root: "1f".repeat(32),
  previous: "0".repeat(64),
  hash: "5a".repeat(32),
  key: "Ik5cAQ3kbR3Tt0wYOmOg8n6qNqFq5nnJ5Rzq0JvVx2E",
  signature: "kP2".repeat(28),
};
const MarkProblem = {
  firstSeq: 10_001,
  lastSeq: 20_000,
  detail: "an event is missing; the first sequence without one is 12345",
};

export const MARK_EXAMPLES = {
  HistoryMark,
  MarkProblem,
  MarkList: { items: [HistoryMark], next: null, key: HistoryMark.key },
  MarkCheck: { firstSeq: 1, lastSeq: 20_000, problems: [MarkProblem], next: null },
};
