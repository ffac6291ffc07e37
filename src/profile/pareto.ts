import type { Joules, Seconds } from "../contract/index.ts";

/** What one choice costs. */
export interface TimeEnergy {
  readonly seconds: Seconds;
  readonly joules: Joules;
}

/** Whether each point is on the front: none other is at least as good in both and better in one. */
export function onFront(points: readonly TimeEnergy[]): readonly boolean[] {
  return points.map((one) =>
    points.every(
      (other) =>
        other.seconds > one.seconds ||
        other.joules > one.joules ||
        (other.seconds === one.seconds && other.joules === one.joules),
    ),
  );
}
