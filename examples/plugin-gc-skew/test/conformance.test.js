import { describe, test } from "node:test";
import { testAccelerator } from "bioxen/testing";
import { cases } from "../cases.js";
import lookupTable from "../index.js";

testAccelerator({ describe, test }, lookupTable, cases, { atLeast: 14 });
