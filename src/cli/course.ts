import { BioXenError, type Dispatcher, type DispatchOptions, type SbmlNetwork } from "../index.ts";

/** One solution of a network's equations at the times that were asked for. */
export interface Course {
  readonly at: (row: number, value: number) => number;
}

export interface CourseOptions {
  readonly times: Float64Array;
  readonly relative: number;
  readonly absolute: number;
  readonly seed: number;
  readonly mostSteps: number;
  readonly dispatch: DispatchOptions;
}

export async function continuousCourse(
  _model: SbmlNetwork,
  _dispatcher: Dispatcher,
  _options: CourseOptions,
): Promise<Course> {
  throw new BioXenError("UNSUPPORTED", "continuous runs wait for their workload");
}
