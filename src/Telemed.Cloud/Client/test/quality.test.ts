import assert from "node:assert/strict";
import test from "node:test";
import { Quality, type Look } from "../src/quality";

const fine: Look = { available: 900_000, lost: 0, roundTrip: 0.05 };
const narrow: Look = { available: 60_000, lost: 0, roundTrip: 0.2 };
const lossy: Look = { available: 900_000, lost: 0.4, roundTrip: 0.2 };

function give(quality: Quality, look: Look, times: number): number[] {
  return Array.from({ length: times }, () => {
    quality.take(look);
    return quality.level;
  });
}

test("a good link changes nothing, and a single bad look neither", () => {
  const quality = new Quality();
  assert.deepEqual(give(quality, fine, 20), Array(20).fill(0));
  give(quality, lossy, 2);
  assert.deepEqual(give(quality, fine, 2), [0, 0]);
});

test("on a narrow link the picture gets small, then goes, and the voice stays", () => {
  const quality = new Quality();
  assert.deepEqual(give(quality, narrow, 9), [0, 0, 1, 1, 1, 2, 2, 2, 2]);
});

test("only heavy loss takes the voice too", () => {
  const quality = new Quality();
  assert.equal(give(quality, lossy, 9).at(-1), 3);
  const other = new Quality();
  assert.equal(give(other, { ...lossy, lost: 0.15 }, 60).filter((level) => level === 3).length, 0);
});

test("what comes back comes back step by step, and later when it was too early", () => {
  const quality = new Quality();
  give(quality, narrow, 6);
  assert.equal(quality.level, 2);
  assert.deepEqual(give(quality, fine, 8), [2, 2, 2, 2, 2, 2, 2, 1]);
  give(quality, narrow, 3);
  assert.equal(quality.level, 2);
  assert.deepEqual(give(quality, fine, 16).map((level, index) => [index, level]).find(([, level]) => level === 1), [15, 1]);
});

test("nothing known is nothing bad", () => {
  assert.deepEqual(give(new Quality(), { available: null, lost: null, roundTrip: null }, 9), Array(9).fill(0));
});
