import { BioAcceleratorManager, matrixMultiply, seededRandom, sequenceAlignment } from "bioxen";
import { createAsic, createFpga } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { type FakeFile, fakeSystem, pciDevice } from "../support/fake-system.ts";
import { calm } from "../support/npu-onnx.ts";

const accelerators = { fpga: createFpga, asic: createAsic };
const reasonOf = async (id: keyof typeof accelerators, tree: Readonly<Record<string, FakeFile>>): Promise<string> => {
  const probe = await accelerators[id](fakeSystem(tree)).probe(calm());
  if (probe.status !== "absent") throw new Error(`${id} is ${probe.status}`);
  return probe.reason;
};

describe("boards", () => {
  test("absent say what was looked for", async () => {
    expect(await reasonOf("fpga", {})).toMatch(/no board found.*10ee, 1172, 8086, 1204, 1d0f.*\/dev\/dfl-\*.*xclmgmt/);
    expect(await reasonOf("asic", {})).toMatch(/no board found.*1ae0.*1da3.*\/dev\/apex_/);
  });

  test.each([
    ["fpga", "AMD Alveo U250", ["10ee", "5005"]],
    ["fpga", "Intel FPGA PAC N3000", ["8086", "0b30"]],
    ["fpga", "Altera FPGA", ["1172", "00a7"]],
    ["fpga", "AWS F1 or F2 FPGA", ["1d0f", "f001"]],
    ["fpga", "Xilinx FPGA with QDMA", ["10ee", "a011"]],
    ["asic", "Coral Edge TPU", ["1ac1", "089a"]],
    ["asic", "Google Cloud TPU", ["1ae0", "005e"]],
    ["asic", "Habana Goya, Greco or Gaudi", ["1da3", "1020"]],
    ["asic", "Hailo-8", ["1e60", "2864"]],
    ["asic", "Graphcore IPU", ["1d95", "0001"]],
    ["asic", "AWS Inferentia or Trainium", ["1d0f", "7164"]],
  ] as const)("%s: a %s is named, with its driver and what is missing", async (id, name, ids) => {
    const bare = await reasonOf(id, pciDevice("0000:3b:00.0", ids, "120000"));
    expect(bare).toMatch(new RegExp(`^${name} \\(0000:3b:00.0\\) is here, without a kernel driver: bioxen has no `));
    const driven = await reasonOf(id, pciDevice("0000:3b:00.0", ids, "120000", "some_driver"));
    expect(driven).toContain("with the driver some_driver");
  });

  test.each([
    ["fpga", "an AWS network adapter", ["1d0f", "ec20"]],
    ["fpga", "a sound card", ["10ee", "3fc6"]],
    ["fpga", "a network adapter beside an FPGA", ["8086", "0cf8"]],
    ["asic", "Google's virtual network adapter", ["1ae0", "0042"]],
    ["asic", "an AWS disk", ["1d0f", "8061"]],
  ] as const)("%s: %s is none", async (id, _, ids) => {
    expect(await reasonOf(id, pciDevice("0000:3b:00.0", ids, "020000"))).toMatch(/^no board found/);
  });

  test("seen by their nodes only are named by those", async () => {
    expect(await reasonOf("fpga", { "/dev/xdma0_control": "" })).toMatch(
      /^Xilinx FPGA.*\(\/dev\/xdma0_control\) is here: /,
    );
    expect(await reasonOf("asic", { "/dev/davinci3": "", "/dev/hl0": "" })).toMatch(/Habana.*Huawei Ascend/);
  });
});

describe("simulated boards", () => {
  const cells = sequenceAlignment.generate(1e4, seededRandom(1));
  const product = matrixMultiply.generate(1e4, seededRandom(1));
  const open = (): Promise<BioAcceleratorManager> =>
    BioAcceleratorManager.open({ accelerators: [createFpga(), createAsic()], calibration: false });

  test("say from which profile, and cost what it says", async () => {
    await using manager = await open();
    const [alignment] = manager.explain(sequenceAlignment, cells, { allowSimulated: true }).candidates;
    expect(alignment?.device).toMatchObject({ id: "fpga:0", simulated: true });
    expect(alignment?.device.name).toContain("simulated from fpga-smith-waterman-kintex-ultrascale");
    const { units } = sequenceAlignment.size(cells);
    expect(alignment?.predicted).toMatchObject({ seconds: units / 42.47e9, energySource: "model", basis: "profile" });
    expect(alignment?.predicted.joules).toBeCloseTo((25 * units) / 42.47e9, 9);
    const [multiplication] = manager.explain(matrixMultiply, product, { allowSimulated: true }).candidates;
    expect(multiplication).toMatchObject({
      device: { id: "asic:0" },
      predicted: { joules: null, energySource: null, basis: "profile" },
    });
  });

  test("answer as the oracle does, and measure the oracle's own time", async () => {
    await using manager = await open();
    const { output, device, predicted, measured } = await manager.run(sequenceAlignment, cells, {
      allowSimulated: true,
      verify: { sampleRate: 1 },
    });
    expect(device.id).toBe("fpga:0");
    const wanted = sequenceAlignment.reference?.(cells);
    expect(wanted === undefined ? "no oracle" : sequenceAlignment.differ(output, wanted, cells)).toBeNull();
    expect(measured).toMatchObject({ joules: null, basis: "measured" });
    // 1e4 cells: a quarter of a microsecond on the board, far more here
    expect(measured.seconds).toBeGreaterThan(10 * predicted.seconds);
  });

  test("are not used unasked: without other devices nothing runs, and the reason is there", async () => {
    await using manager = await open();
    await expect(manager.run(matrixMultiply, product)).rejects.toMatchObject({
      code: "NO_DEVICE",
      message: expect.stringContaining("asic:0 (simulated"),
    });
  });
});
