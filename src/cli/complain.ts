import { BioXenError } from "../contract/index.ts";
import { err as pc } from "./colours.ts";

/** Says on stderr what went wrong: one line for people, one JSON object for programs; a stack only for bugs. */
export function complain(error: unknown, json: boolean): void {
  if (error instanceof BioXenError) {
    const { code, id, message, retry, context } = error;
    process.stderr.write(
      json
        ? `${JSON.stringify({ error: { code, id, message, retry, context } })}\n`
        : `${pc.red("bioxen:")} ${message} [${code} ${id}]\n`,
    );
    return;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    json ? `${JSON.stringify({ error: { code: "BUG", message } })}\n` : `${pc.red("bioxen:")} a bug: ${message}\n`,
  );
}
