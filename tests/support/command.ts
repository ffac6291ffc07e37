import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Kill = (signal: NodeJS.Signals) => void;

/** Runs the `bioxen` command as a shell would, output to pipes; `during` and `onFirstWords`, at its first words on stderr, may kill it. */
export function bioxen(
  args: readonly string[],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    during?: (kill: Kill) => void;
    onFirstWords?: (kill: Kill) => void;
  } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    let stdout = "";
    let stderr = "";
    const kill: Kill = (signal) => child.kill(signal);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (stderr === "") options.onFirstWords?.(kill);
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    options.during?.(kill);
  });
}

/** The one JSON object a `--json` command answered with. */
export async function json(args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await bioxen([...args, "--json"]);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}
