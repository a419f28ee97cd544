/** An entry of a store that only damage of the store can have removed. */
export interface LostEntry {
  /** Id of the API key, the person, the device or whatever else the entry is about. */
  readonly id: string;
  /** What is lost, and what to do. */
  readonly why: string;
}
