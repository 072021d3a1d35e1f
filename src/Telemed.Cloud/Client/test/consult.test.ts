import assert from "node:assert/strict";
import test from "node:test";
import { Consult, isWorthSaying } from "../src/consult";
import type { Snapshot } from "../src/contract";
import { condense, curveSeconds, extent, layOut } from "../src/curve";
import { at, some } from "./some";

const now = Date.parse(at(0));
const teleconsult = { id: "t", state: "running" as const, startedAt: at(-60), endedAt: null, scheduledAt: at(-60) };

function snapshot(readings: Snapshot["readings"]): Snapshot {
  return { teleconsult, gateway: null, position: readings.at(-1)?.position ?? 0, readings };
}

test("a late reading does not hide a newer value", () => {
  const consult = new Consult();
  consult.restart(snapshot([some({ position: 1, effective: at(0) })]));
  consult.add(some({ position: 2, effective: at(-300), late: true }));
  assert.equal(consult.newest.get("oxygenSaturation")?.position, 1);
  assert.deepEqual(consult.oximetry.map((reading) => reading.position), [2, 1]);
});

test("a reading without a time never displaces one that has a time", () => {
  const consult = new Consult();
  consult.add(some({ position: 1, effective: null }));
  assert.equal(consult.newest.get("oxygenSaturation")?.position, 1);
  consult.add(some({ position: 2 }));
  consult.add(some({ position: 3, effective: null }));
  assert.equal(consult.newest.get("oxygenSaturation")?.position, 2);
});

test("what a resumed stream repeats is taken once", () => {
  const consult = new Consult();
  consult.restart(snapshot([some({ position: 7 })]));
  assert.equal(consult.add(some({ position: 7 })), false);
  assert.equal(consult.add(some({ position: 8 })), true);
  assert.deepEqual([consult.rows.length, consult.position], [2, 8]);
});

test("a snapshot replaces what was known", () => {
  const consult = new Consult();
  consult.add(some({ position: 1, vitalSign: "weight" }));
  consult.restart(snapshot([some({ position: 9 })]));
  assert.deepEqual([...consult.newest.keys()], ["oxygenSaturation"]);
});

test("only the last minutes of the oximeter are kept", () => {
  const consult = new Consult();
  for (let second = 0; second < 600; second++) {
    consult.add(some({ position: second + 1, effective: at(second) }));
  }
  assert.equal(consult.oximetry.length, 361);
  assert.equal(consult.oximetry[0]?.effective, at(239));
});

test("values that come every second are not read aloud", () => {
  const first = some({ arrival: at(0) });
  assert.equal(isWorthSaying(first, undefined), true);
  assert.equal(isWorthSaying(some({ arrival: at(1) }), first), false);
  assert.equal(isWorthSaying(some({ arrival: at(30) }), first), true);
  assert.equal(isWorthSaying(some({ vitalSign: "glucose", arrival: at(1) }), first), true);
  assert.equal(isWorthSaying(some({ vitalSign: "pulseRate", arrival: at(1) }), first), false);
});

test("a gap in the series is a gap in the curve, and one missed second is not", () => {
  const curve = layOut([-20, -19, -17, -10, -9].map((second) => some({ effective: at(second) })), now);
  assert.deepEqual(curve.seconds, [-20, -19, -17, -13.5, -10, -9]);
  assert.deepEqual(curve.spO2, [97, 97, 97, null, 97, 97]);
});

test("what is invalid or older than the curve is not drawn", () => {
  const curve = layOut([
    some({ effective: at(-curveSeconds - 1) }), some({ effective: at(-2), flags: ["invalid"] }), some({ effective: at(-1) }),
  ], now);
  assert.deepEqual(curve.spO2, [null, 97]);
});

test("lowest, highest and latest of a series leave gaps out", () => {
  assert.deepEqual(extent([null, 95, 98, null, 96, null]), { low: 95, high: 98, last: 96 });
  assert.equal(extent([null]), null);
});

test("continuous oximetry is one row a minute, everything else a row of its own", () => {
  const rows = condense([
    some({ position: 5, effective: at(61), values: [{ part: "spO2", value: "94", unit: "%" }] }),
    some({ position: 4, effective: at(60) }),
    some({ position: 3, vitalSign: "glucose", effective: at(59) }),
    some({ position: 2, effective: at(59) }),
  ], 10);
  assert.deepEqual(rows.map((row) => (row.kind === "minute" ? `${row.count}: ${row.spO2}` : row.reading.vitalSign)),
    ["2: 94–97", "glucose", "oxygenSaturation"]);
});

test("a reading that comes again changed takes the place of what was known, and one that left is nowhere", () => {
  const consult = new Consult();
  consult.restart(snapshot([
    some({ position: 1, id: "a", vitalSign: "bloodPressure", effective: at(0) }), some({ position: 2, id: "b", vitalSign: "bloodPressure", effective: at(60) }),
  ]));
  assert.equal(consult.add(some({ position: 3, id: "b", vitalSign: "bloodPressure", effective: at(-60) })), true);
  assert.deepEqual(consult.rows.map((reading) => reading.position), [3, 1]);
  assert.deepEqual(consult.pressures.map((reading) => reading.id), ["b", "a"]);
  assert.equal(consult.newest.get("bloodPressure")?.id, "a");
  assert.equal(consult.remove({ position: 4, id: "a", vitalSign: "bloodPressure" }), true);
  assert.equal(consult.newest.get("bloodPressure")?.id, "b");
  assert.equal(consult.remove({ position: 5, id: "b", vitalSign: "bloodPressure" }), true);
  assert.equal(consult.newest.has("bloodPressure"), false);
  assert.deepEqual([consult.rows.length, consult.pressures.length, consult.position], [0, 0, 5]);
  assert.equal(consult.remove({ position: 6, id: "b", vitalSign: "bloodPressure" }), false);
});

test("what a sensor shows is drawn at once and not twice when the record has it", () => {
  const consult = new Consult();
  consult.restart(snapshot([some({ position: 1, id: "a", effective: at(0) })]));
  assert.equal(consult.show(some({ position: 0, id: "b", effective: at(1) })), true);
  assert.equal(consult.show(some({ position: 0, id: "b", effective: at(1) })), false);
  assert.deepEqual(consult.oximetry.map((reading) => reading.id), ["a", "b"]);
  assert.equal(consult.newest.get("oxygenSaturation")?.id, "b");
  assert.deepEqual([consult.rows.length, consult.position], [1, 1]);
  assert.equal(consult.add(some({ position: 2, id: "b", effective: at(1) })), true);
  assert.deepEqual(consult.oximetry.map((reading) => reading.position), [1, 2]);
  assert.equal(consult.newest.get("oxygenSaturation")?.position, 2);
  assert.equal(consult.show(some({ position: 0, id: "b", effective: at(1) })), false);
});

test("that the record is behind what a sensor shows is known, and that it has caught up", () => {
  const consult = new Consult();
  consult.restart(snapshot([some({ position: 1, id: "a", effective: at(0) })]));
  consult.show(some({ position: 0, id: "b", effective: at(75) }));
  assert.equal(consult.isAhead("oxygenSaturation"), false);
  consult.show(some({ position: 0, id: "c", effective: at(76) }));
  assert.equal(consult.isAhead("oxygenSaturation"), true);
  consult.add(some({ position: 2, id: "b", effective: at(75) }));
  assert.equal(consult.isAhead("oxygenSaturation"), false);
});

/** A minute of an oximeter, a second apart. */
function minute(position: number, second: number, values: readonly string[]): ReturnType<typeof some> {
  return some({
    position, id: `m${position}`, effective: at(second),
    samples: values.map((value, index) => ({ afterMs: index * 1000, values: [{ part: "spO2", value, unit: "%" }], flags: index === 2 ? ["invalid"] : [] })),
  });
}

test("a series is drawn value by value, is one row and takes the place of what was shown of it", () => {
  const consult = new Consult();
  consult.restart(snapshot([]));
  for (let second = 0; second < 4; second++) {
    consult.show(some({ position: 0, id: `l${second}`, effective: at(second), values: [{ part: "spO2", value: String(94 + second), unit: "%" }] }));
  }
  consult.show(some({ position: 0, id: "after", effective: at(4) }));
  consult.add(minute(1, 0, ["94", "95", "96", "97"]));
  assert.deepEqual(consult.oximetry.map((reading) => [reading.id, reading.effective]),
    [["m1", at(0)], ["m1", at(1)], ["m1", at(2)], ["m1", at(3)], ["after", at(4)]]);
  assert.equal(consult.newest.get("oxygenSaturation")?.id, "after");
  assert.equal(consult.show(some({ position: 0, id: "late", effective: at(2) })), false);
  assert.deepEqual(layOut(consult.oximetry, Date.parse(at(4))).spO2, [94, 95, null, 97, 97]);
  const [row] = condense(consult.rows, 10);
  assert.equal(row?.kind === "minute" && row.samples ? `${row.count}: ${row.spO2}` : "", "4: 94–97");
  assert.equal(consult.remove({ position: 2, id: "m1", vitalSign: "oxygenSaturation" }), true);
  assert.deepEqual(consult.oximetry.map((reading) => reading.id), ["after"]);
});

test("of a series a card shows the last value, at its own time", () => {
  const consult = new Consult();
  consult.add(minute(1, 0, ["94", "95", "96", "97"]));
  const shown = consult.newest.get("oxygenSaturation");
  assert.deepEqual([shown?.effective, shown?.values[0]?.value], [at(3), "97"]);
});

test("what was shown and turns out to be somebody else's goes, too", () => {
  const consult = new Consult();
  consult.add(some({ position: 1, id: "a", effective: at(0) }));
  consult.show(some({ position: 0, id: "b", effective: at(1) }));
  assert.equal(consult.remove({ position: 2, id: "b", vitalSign: "oxygenSaturation" }), true);
  assert.deepEqual(consult.oximetry.map((reading) => reading.id), ["a"]);
  assert.equal(consult.newest.get("oxygenSaturation")?.id, "a");
});

test("a going that is told late does not take away what has come back since", () => {
  const consult = new Consult();
  consult.add(some({ position: 9, id: "a" }));
  assert.equal(consult.remove({ position: 8, id: "a", vitalSign: "oxygenSaturation" }), false);
  assert.equal(consult.rows.length, 1);
});
