import type { Reading } from "./contract";
import { isInvalid, numberOf, singles } from "./reading";

/** Points in seconds before now (≤ 0), ascending; null where the line is broken. */
export interface Curve {
  seconds: number[];
  spO2: (number | null)[];
  pulse: (number | null)[];
}

export const curveSeconds = 300;

/** An oximeter sends every second; two missed in a row are a gap. */
const gapSeconds = 2.5;

/** Lays readings (ascending in time) out as a curve whose gaps stay gaps: a point without a value is put where time is missing. */
export function layOut(readings: readonly Reading[], now: number): Curve {
  const curve: Curve = { seconds: [], spO2: [], pulse: [] };
  const push = (second: number, spO2: number | null, pulse: number | null) => {
    curve.seconds.push(second);
    curve.spO2.push(spO2);
    curve.pulse.push(pulse);
  };
  for (const reading of readings) {
    const second = (Date.parse(reading.effective ?? "") - now) / 1000;
    if (!(second >= -curveSeconds)) {
      continue;
    }
    const last = curve.seconds.at(-1);
    if (last !== undefined && second - last > gapSeconds) {
      push((last + second) / 2, null, null);
    }
    const valid = !isInvalid(reading);
    push(second, valid ? numberOf(reading, "spO2") : null, valid ? numberOf(reading, "pulseRate") : null);
  }
  return curve;
}

/** Lowest, highest and latest, or null when there is nothing. */
export function extent(values: readonly (number | null)[]): { low: number; high: number; last: number } | null {
  const present = values.filter((value) => value !== null);
  const last = present.at(-1);
  return last === undefined ? null : { low: Math.min(...present), high: Math.max(...present), last };
}

/** A row of the table: one reading, or a minute of continuous oximetry; `samples`: as one reading. */
export type Row = { kind: "one"; reading: Reading } | { kind: "minute"; newest: Reading; count: number; samples: boolean; spO2: string; pulse: string };

/** Newest first as given; oximeter readings of one minute become one row when there are several. */
export function condense(readings: readonly Reading[], limit: number): Row[] {
  const minutes = new Map<string, Reading[]>();
  for (const reading of readings) {
    const minute = reading.vitalSign === "oxygenSaturation" && reading.effective !== null
      ? `${reading.effective.slice(0, 16)} ${reading.device}` : reading.id;
    const known = minutes.get(minute);
    if (known === undefined) {
      minutes.set(minute, [reading]);
    } else {
      known.push(reading);
    }
  }
  return [...minutes.values()].slice(0, limit).map((readingsOfIt) => {
    const [newest] = readingsOfIt as [Reading, ...Reading[]];
    const group = readingsOfIt.flatMap(singles);
    return group.length === 1 ? { kind: "one", reading: newest }
      : { kind: "minute", newest, count: group.length, samples: readingsOfIt.length === 1, spO2: range(group, "spO2"), pulse: range(group, "pulseRate") };
  });
}

function range(group: readonly Reading[], part: string): string {
  const found = extent(group.map((reading) => numberOf(reading, part)));
  return found === null ? "" : found.low === found.high ? String(found.low) : `${found.low}–${found.high}`;
}
