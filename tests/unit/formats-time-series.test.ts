import { gzipSync } from "node:zlib";
import { parseTimeSeries, readTimeSeries } from "bioxen";
import { expect, test } from "vitest";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
const dated = "2014-04-01 00:00:00,1.5\n2014-04-01 00:05:00,-2e3\n";

test("dates, seconds, headers in any order, gaps, quotes, other line ends, a byte order mark", async () => {
  const expected = { times: Float64Array.of(1396310400, 1396310700), values: Float64Array.of(1.5, -2000) };
  for (const text of [
    dated,
    `timestamp,value\n${dated}`,
    `\uFEFFtimestamp,value\r\n${dated.replaceAll("\n", "\r\n")}\r\n`,
    '"timestamp","value"\n"2014-04-01T00:00:00Z","1.5"\n"2014-04-01T02:05:00+02:00","-2000"\n',
    "value,host,timestamp\n1.5,a,1396310400\n-2000,b,1396310700\n",
    "1396310400,1.5,more\n1396310700,-2000\n",
  ])
    expect(parseTimeSeries(text)).toMatchObject(expected);
  expect(parseTimeSeries("timestamp,value\n1,\n2,NaN\n3,null\n4,7").values).toEqual(
    Float64Array.of(Number.NaN, Number.NaN, Number.NaN, 7),
  );
  expect(await readTimeSeries(file("series.csv.gz", gzipSync(dated)))).toMatchObject({
    ...expected,
    timestamps: ["2014-04-01 00:00:00", "2014-04-01 00:05:00"],
  });
});

test.each<[string, string, RegExp]>([
  ["nothing", "", /^s\.csv:1: found no lines/],
  ["a header alone", "timestamp,value\n", /^s\.csv:1: found a header and no line after it/],
  [
    "a word for a number",
    `timestamp,value\n${dated}2014-04-01 00:10:00,high\n`,
    /^s\.csv:4: found "high", expected a number/,
  ],
  ["a hexadecimal number", "1,0x10\n", /^s\.csv:1: found "0x10"/],
  ["an infinite number", "1,2\n2,inf\n", /^s\.csv:2: found "inf"/],
  ["no date", `${dated}yesterday,1\n`, /^s\.csv:3: found "yesterday", expected a date/],
  ["a month that is none", "2014-13-01 00:00:00,1\n", /^s\.csv:1: found "2014-13-01 00:00:00"/],
  ["one column", "timestamp,value\n1396310400\n", /^s\.csv:2: found 1 field, expected/],
  [
    "a quote that does not end",
    `${dated}"2014-04-01 00:10:00,1\n`,
    /^s\.csv:\d+: found CSV that ends or quotes wrongly/,
  ],
  ["bytes that are no text", `${dated}\0\0\0`, /^s\.csv:3: found byte 0x00/],
])("%s is refused, with its line", (_, text, said) => {
  expect(() => parseTimeSeries(text, "s.csv")).toThrow(
    expect.objectContaining({ name: "BioXenError", code: "FORMAT_INVALID", message: expect.stringMatching(said) }),
  );
});

test("a file that is not there is refused", async () => {
  await expect(readTimeSeries("/nowhere/series.csv")).rejects.toMatchObject({ code: "FORMAT_INVALID" });
});
