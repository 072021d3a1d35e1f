import type { Reading } from "../src/contract";

/** A reading of which a test says only what matters to it. */
export function some(reading: Partial<Reading> = {}): Reading {
  const position = reading.position ?? 1;
  return {
    position, id: `r${position}`, vitalSign: "oxygenSaturation", values: [{ part: "spO2", value: "97", unit: "%" }],
    effective: "2026-11-22T10:00:00.000Z", deviceLocal: null, arrival: "2026-11-22T10:00:00.000Z", stored: "2026-11-22T10:00:00.000Z",
    method: "arrival", uncertaintyMs: 0, flags: [], late: false, device: "AABBCCDDEEFF", deviceLabel: null, glucose: null, assigned: null, retimed: null, samples: null,
    ...reading,
  };
}

/** 10:00:00 UTC and so many seconds, as the cloud writes it. */
export function at(seconds: number): string {
  return new Date(Date.parse("2026-11-22T10:00:00.000Z") + seconds * 1000).toISOString();
}
