/** A topic name has no wildcards [MQTT-3.3.2-2] and at least one character [MQTT-4.7.3-1]. */
export function isTopicName(topic: string): boolean {
  return topic.length > 0 && !topic.includes("+") && !topic.includes("#");
}

/** In a topic filter, `#` must be the last level [MQTT-4.7.1-1], and `+` a whole level [MQTT-4.7.1-2]. */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0) return false;
  const levels = filter.split("/");
  return levels.every(
    (level, i) => (!level.includes("+") || level === "+") && (!level.includes("#") || isLast(level, i, levels)),
  );
}

function isLast(level: string, index: number, levels: readonly string[]): boolean {
  return level === "#" && index === levels.length - 1;
}

/** [MQTT-4.8.2-1] */
export function isShared(filter: string): boolean {
  return filter.startsWith("$share/");
}

/** Whether a valid filter covers a topic [MQTT 4.7.1]. */
export function covers(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  // [MQTT-4.7.2-1]
  if (topic.startsWith("$") && (wanted[0] === "#" || wanted[0] === "+")) return false;
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length || (wanted[i] !== "+" && wanted[i] !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
