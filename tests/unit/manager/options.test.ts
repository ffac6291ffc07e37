import { BioAcceleratorManager, type DispatchOptions, matrixMultiply, seededRandom } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { expect, test } from "vitest";

test.each<[string, object]>([
  ["threads", { threads: 0 }],
  ["threads", { threads: "2" }],
  ["deadline", { deadline: -1 }],
  ["deadline", { deadline: Number.NaN }],
  ["verify.sampleRate", { verify: { sampleRate: 5 } }],
  ["objective", { objective: "speed" }],
  ["device", { device: 5 }],
])("a wrong %s is refused by name, %j", async (name, options) => {
  await using manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
  const input = matrixMultiply.generate(100, seededRandom(1));
  await expect(manager.run(matrixMultiply, input, options as DispatchOptions)).rejects.toMatchObject({
    code: "INPUT_INVALID",
    message: expect.stringContaining(`option ${name}`),
  });
});
