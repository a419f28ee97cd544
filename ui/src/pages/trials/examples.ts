/** The initial code in the editor of a projection. */
export const EXAMPLE = `// Sessions of each device
function evolve(row = { opened: 0, closed: 0 }, event) {
  if (event.type === "SessionOpened") return { ...row, opened: row.opened + 1, last: event.time };
  if (event.type === "SessionClosed") return { ...row, closed: row.closed + 1, reason: event.data.reason };
}`;

/** The initial text in the field of a catalogue. */
export const EXAMPLE_CATALOGUE = `{
  "packages": [
    { "name": "firmware", "category": "firmware", "version": "1.5", "models": ["UC-*"] }
  ]
}`;
