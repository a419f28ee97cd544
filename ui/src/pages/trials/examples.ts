/** What the editor of a projection has at first. */
export const EXAMPLE = `// Sessions of each device
function evolve(row = { opened: 0, closed: 0 }, event) {
  if (event.type === "SessionOpened") return { ...row, opened: row.opened + 1, last: event.time };
  if (event.type === "SessionClosed") return { ...row, closed: row.closed + 1, reason: event.data.reason };
}`;

/** What the field of a catalogue has at first. */
export const EXAMPLE_CATALOGUE = `{
  "packages": [
    { "name": "firmware", "category": "firmware", "version": "1.5", "models": ["UC-*"] }
  ]
}`;
