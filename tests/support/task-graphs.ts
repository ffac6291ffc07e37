import { type Platform, seededRandom, type TaskGraph } from "bioxen";

/** A random graph: every task may need some of those before it. Whole numbers, and now and then a task without length. */
export function randomGraph(seed: number, tasks: number): TaskGraph {
  const draw = seededRandom(seed);
  return {
    name: `random ${seed}`,
    tasks: Array.from({ length: tasks }, (_, at) => ({
      id: `t${at}`,
      runtime: draw() < 0.1 ? 0 : 1 + Math.floor(draw() * 20),
    })),
    edges: Array.from({ length: tasks }, (_, to) =>
      Array.from({ length: to }, (_, from) => from)
        .filter(() => draw() < Math.min(1, 2 / to))
        .map((from) => ({ from, to, bytes: draw() < 0.2 ? 0 : Math.floor(draw() * 1000), seconds: 0 })),
    ).flat(),
  };
}

/** A random platform with all that a platform may have. */
export function randomPlatform(seed: number, devices: number): Platform {
  const draw = seededRandom(seed + 1e6);
  return {
    format: 1,
    id: `random-${seed}`,
    name: "random",
    devices: Array.from({ length: devices }, (_, at) => {
      const [idle, context, speed] = [Math.floor(draw() * 20), Math.floor(draw() * 5), 0.5 + draw() * 2];
      const busy = idle + context + 1 + Math.floor(draw() * 80);
      return {
        id: `d${at}`,
        speed,
        watts: { busy, idle, context },
        wake: {
          seconds: draw() < 0.5 ? 0 : draw() * 2,
          joules: Math.floor(draw() * 30),
          ...(draw() < 0.5 ? {} : { after: 2 + draw() * 5 }),
        },
        states: [{ id: "slow", speed: speed / 2, watts: idle + context + Math.floor((busy - idle - context) / 3) }],
      };
    }),
    links: {
      default: { bandwidth: 100, latency: draw() < 0.5 ? 0 : 0.1, watts: 3 },
      ...(devices > 1 ? { between: [{ from: "d0", to: "d1", bandwidth: 50, latency: 0.2, watts: 5 }] } : {}),
    },
    carbon: { step: 7, values: [400, 100, 250], source: "made for tests" },
  };
}
