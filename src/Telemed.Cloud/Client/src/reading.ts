import type { Part, Reading } from "./contract";
import type { Texts } from "./texts";
import { amount, duration, margin } from "./words";

/** What a card or a row says of a reading, in words. The server says the same: both are held to test/readings.json. */
export interface Face {
  /** "138/86", "ALTO" or "sin dato". */
  main: string;
  /** The unit in words; empty when there is no number. */
  unit: string;
  tone: "value" | "beyond" | "absent" | "invalid";
  /** Why there is no number, or empty. */
  reason: string;
  /** What came with it: mean pressure, pulse, meal, sample. */
  details: string[];
  /** What the device said about its own result, in words. */
  flags: string[];
  /** How far the time can be trusted, in words. */
  time: string;
}

const mainParts: Readonly<Record<string, readonly string[]>> = {
  bloodPressure: ["systolic", "diastolic"],
  oxygenSaturation: ["spO2"],
};

/** A value with one of these is shown as not valid, whatever the number. */
const invalidating = ["invalid", "unavailable", "sensorMalfunction", "sensorOff", "demonstration", "controlSolution"];

const unbounded = ["none", "deviceLocal"];

export function face(reading: Reading, texts: Texts): Face {
  const names = mainParts[reading.vitalSign] ?? [reading.vitalSign];
  const parts = names.map((name) => reading.values.find((part) => part.part === name));
  return {
    ...mainOf(reading, parts, texts),
    details: detailsOf(reading, names, texts),
    flags: reading.flags.filter((flag) => flag !== "resultTooHigh" && flag !== "resultTooLow")
      .map((flag) => (texts.has(`flag.${flag}`) ? texts.get(`flag.${flag}`) : texts.get("flag.unknown", flag))),
    time: timeOf(reading, texts),
  };
}

/** The single values of a reading, by time: of a series each with its own time, values and flags. */
export function singles(reading: Reading): Reading[] {
  if (reading.samples === null) {
    return [reading];
  }
  const later = (time: string, milliseconds: number) => new Date(Date.parse(time) + milliseconds).toISOString();
  return reading.samples.map(({ afterMs, values, flags }) => ({
    ...reading, values, flags, samples: null, arrival: later(reading.arrival, afterMs),
    effective: reading.effective === null ? null : later(reading.effective, afterMs),
  }));
}

/** The last value of a reading: what a card shows of a series. */
export function latest(reading: Reading): Reading {
  return singles(reading).at(-1) ?? reading;
}

export function isInvalid(reading: Reading): boolean {
  return reading.flags.some((flag) => invalidating.includes(flag));
}

type Main = Pick<Face, "main" | "unit" | "tone" | "reason">;

function mainOf(reading: Reading, parts: (Part | undefined)[], texts: Texts): Main {
  const reasons = parts.map((part) => part?.absent);
  const beyond = reading.flags.includes("resultTooHigh") || reasons.includes("positive-infinity") ? "high"
    : reading.flags.includes("resultTooLow") || reasons.includes("negative-infinity") ? "low" : null;
  if (beyond !== null) {
    return { main: texts.get(`value.${beyond}`), unit: "", tone: "beyond", reason: texts.get(`value.${beyond}.reason`) };
  }
  const numbers = parts.map((part) => (part?.value == null ? null : amount(part.value, part.unit)));
  if (numbers.every((number) => number === null)) {
    const reason = reasons.find((code) => code != null) ?? "unreported";
    return { main: texts.get("value.none"), unit: "", tone: "absent", reason: texts.get(`absent.${reason}`) };
  }
  const missing = parts.findIndex((part) => part?.value == null);
  return {
    main: numbers.map((number) => number ?? "?").join("/"),
    unit: texts.get(`unit.${parts.find((part) => part !== undefined)?.unit ?? ""}`),
    tone: isInvalid(reading) ? "invalid" : "value",
    reason: missing < 0 ? "" : absentPart(parts[missing] ?? { part: partNames(reading)[missing] ?? "", unit: "" }, texts),
  };
}

function partNames(reading: Reading): readonly string[] {
  return mainParts[reading.vitalSign] ?? [reading.vitalSign];
}

function detailsOf(reading: Reading, main: readonly string[], texts: Texts): string[] {
  const details = reading.values.filter((part) => !main.includes(part.part)).map((part) =>
    part.value == null ? absentPart(part, texts)
      : texts.get(`part.${part.part}`, amount(part.value, part.unit), texts.get(`unit.${part.unit}`)));
  if (reading.glucose !== null) {
    const { meal, sampleType, sampleLocation } = reading.glucose;
    details.push(texts.get(texts.has(`meal.${meal}`) ? `meal.${meal}` : "meal.0"));
    details.push(...[`sample.${sampleType}`, `location.${sampleLocation}`].filter((key) => texts.has(key)).map((key) => texts.get(key)));
  }
  return details;
}

/** "Pulso sin dato (el dispositivo informó un error)". */
function absentPart(part: Part, texts: Texts): string {
  const reason = texts.get(`absent.${part.absent ?? "unreported"}`);
  return texts.get(`part.${part.part}`, `${texts.get("value.none")} (${reason})`, "").trimEnd();
}

function timeOf(reading: Reading, texts: Texts): string {
  const words = texts.get(`time.method.${reading.method}`);
  // A minute or less goes unsaid, but for an estimate, which is nothing without its margin; the device's own unproven time has no bound.
  const said = reading.method === "estimated" || (!unbounded.includes(reading.method) && reading.uncertaintyMs > 60_000);
  return said ? texts.get("time.within", words, margin(reading.uncertaintyMs, texts)) : words;
}

/** What happened to it on the way: that it came late, that somebody said afterwards whose it is, that its time was mended. */
export function notes(reading: Reading, texts: Texts): string[] {
  return [
    ...(reading.late ? [texts.get("value.late")] : []),
    ...(reading.assigned !== null ? [texts.get("value.assigned", reading.assigned.by)] : []),
    ...(reading.retimed !== null ? [texts.get("value.retimed")] : []),
  ];
}

/** One line of the whole reading, for the table and for the announcement. */
export function sentence(shown: Face): string {
  return [[shown.main, shown.unit].filter(Boolean).join(" "), shown.reason, ...shown.details].filter(Boolean).join(" · ");
}

/** The number of a part for a curve, or null. */
export function numberOf(reading: Reading, part: string): number | null {
  const value = reading.values.find((candidate) => candidate.part === part)?.value;
  return value == null ? null : Number(value);
}

/** How old a value may be before it counts as old: an oximeter sends every second, the rest are taken once in a while. */
export function isStale(reading: Pick<Reading, "vitalSign">, age: number): boolean {
  return age > (reading.vitalSign === "oxygenSaturation" ? 10_000 : 15 * 60_000);
}

export interface Age {
  text: string;
  stale: boolean;
}

/** The age of a value in words. Without a time of measurement only its arrival is known, and that is what is said. */
export function ageOf(reading: Pick<Reading, "vitalSign" | "effective" | "arrival">, now: number, texts: Texts): Age {
  if (reading.effective === null) {
    const since = now - Date.parse(reading.arrival);
    return { text: texts.get("time.received", duration(since, texts)), stale: isStale(reading, since) };
  }
  const age = now - Date.parse(reading.effective);
  // Two seconds of grace: clocks agree within that, more is worth a word.
  return age < -2000
    ? { text: texts.get("time.ahead"), stale: false }
    : { text: texts.get("time.ago", duration(age, texts)), stale: isStale(reading, age) };
}
