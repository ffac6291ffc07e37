import { BioXenError } from "bioxen";

/** The message of the FORMAT_INVALID that `act` ends with; any other end throws. */
export async function formatFailure(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof BioXenError) || error.code !== "FORMAT_INVALID") throw error;
    const { file, line } = error.context;
    if (typeof file !== "string") throw new Error("the context names no file", { cause: error });
    const start = line === undefined ? `${file}: found ` : `${file}:${line}: found `;
    if (!error.message.startsWith(start) || !error.message.includes(", expected "))
      throw new Error(`not "FILE:LINE: found X, expected Y": ${error.message}`, { cause: error });
    return error.message.slice(file.length);
  }
  throw new Error("no error was thrown");
}
