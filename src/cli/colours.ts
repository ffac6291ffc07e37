import pc from "picocolors";

type Colours = ReturnType<typeof pc.createColors>;

/** picocolors alone would also colour wherever the environment has CI set. */
export const out: Colours = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);
export const err: Colours = pc.createColors(process.stderr.isTTY === true && pc.isColorSupported);
