import assert from "node:assert/strict";
import test from "node:test";
import ownEnglish from "../../Pages/Texts/en.json";
import ownSpanish from "../../Pages/Texts/es-MX.json";
import sharedEnglish from "../../../Shared/Pages/Texts/en.json";
import sharedSpanish from "../../../Shared/Pages/Texts/es-MX.json";
import { ageOf, face } from "../src/reading";
import { Texts } from "../src/texts";
import { amount, duration, stopwatch, WallClock } from "../src/words";
import readings from "./readings.json";
import { at, some } from "./some";

const spanish = { ...sharedSpanish, ...ownSpanish };
const english = { ...sharedEnglish, ...ownEnglish };
const texts = new Texts(spanish);
const now = Date.parse(at(0));

for (const { name, reading, ...expected } of readings as unknown as ({ name: string; reading: object } & Record<string, object>)[]) {
  test(`the script says of a ${name} what the server says`, () => {
    assert.deepEqual(face(some(reading), new Texts(spanish)), expected["es-MX"]);
    assert.deepEqual(face(some(reading), new Texts(english)), expected["en"]);
  });
}

test("amounts are rounded half away from zero on their own digits", () => {
  assert.equal(amount("0.285", "kg"), "0.29");
  assert.equal(amount("-0.5", "mg/dL"), "\u22121");
  assert.equal(amount("-0.4", "mg/dL"), "0");
  assert.equal(amount("99.96", "Cel"), "100.0");
  assert.equal(amount("97.00", "%"), "97");
  assert.equal(amount("5.55", "mmol/L"), "5.6");
  assert.equal(amount("12345678901234567890.5", "mg/dL"), "12345678901234567891");
});

test("durations show their two largest parts", () => {
  assert.deepEqual([-5, 0, 59_999, 60_000, 7_500_000, 187_200_000].map((span) => duration(span, texts)),
    ["0 s", "0 s", "59 s", "1 min", "2 h 05 min", "2 d 4 h"]);
  assert.deepEqual([247_000, 3_753_000].map(stopwatch), ["04:07", "1:02:33"]);
});

test("an oximeter's value is old after ten seconds, others after fifteen minutes", () => {
  const oximeter = some({ effective: at(-10) });
  assert.deepEqual(ageOf(oximeter, now, texts), { text: "hace 10 s", stale: false });
  assert.deepEqual(ageOf(oximeter, now + 1000, texts), { text: "hace 11 s", stale: true });
  const glucose = some({ vitalSign: "glucose", effective: at(-900) });
  assert.equal(ageOf(glucose, now, texts).stale, false);
  assert.deepEqual(ageOf(glucose, now + 1000, texts), { text: "hace 15 min", stale: true });
});

test("without a time of measurement only the arrival is told", () => {
  assert.equal(ageOf(some({ effective: null, arrival: at(-180) }), now, texts).text, "recibida hace 3 min");
});

test("a time in the future is told and not counted as fresh for ever", () => {
  assert.equal(ageOf(some({ effective: at(3600) }), now, texts).text, "hora adelantada al reloj del servidor");
  assert.equal(ageOf(some({ effective: at(1) }), now, texts).text, "hace 0 s");
});

test("wall times are of the unit's zone, with the date only when it is another day", () => {
  const wall = new WallClock("America/Hermosillo");
  assert.equal(wall.short(now, now), "03:00:00");
  assert.equal(wall.short(now - 4 * 3_600_000, now), "21/11/2026 23:00");
});
