/** Whether an accelerator must be present here: `BIOXEN_REQUIRE` names those whose tests may not be skipped. */
export function isRequired(accelerator: string): boolean {
  return (process.env["BIOXEN_REQUIRE"] ?? "").split(",").includes(accelerator);
}
