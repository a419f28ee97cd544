/** Remaining time and age of a lease as texts; parameters in ms since 1970. */
export function leaseText(renewed: number, lapses: number, at: number): { lapses: string; renewed: string } {
  const [age, left] = [Math.max(0, Math.round((at - renewed) / 1_000)), Math.ceil((lapses - at) / 1_000)];
  return { lapses: left > 0 ? `lapses in ${left} s` : "has lapsed", renewed: `renewed ${age} s ago` };
}
