import type { Asked, Gateway, Gone, Reading, Snapshot, State, Teleconsult, VitalSign } from "./contract";
import { latest, singles } from "./reading";

/** How much of the one-per-second series is kept: what the curve shows and a little more. */
const seriesSpan = 6 * 60_000;

/** Nearer than this two values of one sensor are one: it sends every second. */
const sameValue = 250;

/** More than the series of all worn devices that one live sample can meet. */
const storedRemembered = 400;

/** Signs that sensors send every second, for as long as they are worn. */
const continuous: readonly VitalSign[] = ["oxygenSaturation", "pulseRate"];

/** The record is behind what a sensor shows by more than a minute, which it comes by, and the way through it. */
const behindAfter = 75_000;

/** What the page knows of the teleconsult. Changed only by what the stream brings. */
export class Consult {
  teleconsult: Teleconsult | null = null;
  gateway: Gateway | null = null;
  asked: Asked[] = [];
  position = 0;
  readonly newest = new Map<VitalSign, Reading>();
  /** Oximeter readings in order of measurement, the last few minutes. */
  oximetry: Reading[] = [];
  /** In order of measurement, oldest first. */
  pressures: Reading[] = [];
  /** Everything in order of arrival, newest first. */
  rows: Reading[] = [];
  /** Where each known reading stands. */
  private readonly positions = new Map<string, number>();
  /** What sensors showed in the last few minutes that has not come from the record, by id. */
  private readonly samples = new Map<string, Reading>();
  /** From when to when the record has what a worn device measured, the last few. */
  private stored: { device: string; from: number; to: number }[] = [];

  constructor(private readonly rowsKept = 1000) {}

  /** Starts from the store's present state; what was known before is in it. */
  restart(snapshot: Snapshot): void {
    this.newest.clear();
    this.oximetry = [];
    this.pressures = [];
    this.rows = [];
    this.positions.clear();
    this.samples.clear();
    this.stored = [];
    this.update(snapshot);
    snapshot.readings.forEach((reading) => this.add(reading));
    this.position = snapshot.position;
  }

  update(state: State): void {
    this.teleconsult = state.teleconsult;
    this.gateway = state.gateway;
    this.asked = state.asked;
  }

  /** Takes one reading, in place of what was known of it before; false when that was the same (a resumed stream may repeat). */
  add(reading: Reading): boolean {
    this.position = Math.max(this.position, reading.position);
    const known = this.positions.get(reading.id);
    if (known !== undefined && known >= reading.position) {
      return false;
    }
    if (known !== undefined) {
      this.drop(reading.id, reading.vitalSign);
    }
    this.forgetShown(reading);
    this.positions.set(reading.id, reading.position);
    this.rows.unshift(reading);
    for (const gone of this.rows.splice(this.rowsKept)) {
      this.positions.delete(gone.id);
    }
    this.place(reading);
    return true;
  }

  /** Takes what a sensor shows now and will come from the record later; false when that has come, or it was shown. */
  show(sample: Reading): boolean {
    const time = Date.parse(sample.effective ?? "");
    if (Number.isNaN(time) || this.samples.has(sample.id) || this.stored.some(({ device, from, to }) => device === sample.device && time >= from && time <= to)) {
      return false;
    }
    for (const [id, old] of this.samples) {
      if (time - Date.parse(old.effective ?? "") > seriesSpan) {
        this.samples.delete(id);
      }
    }
    this.samples.set(sample.id, sample);
    this.place(sample);
    return true;
  }

  /** The newest value of a sign was shown, and the record is seconds behind it. */
  isAhead(sign: VitalSign): boolean {
    const newest = this.newest.get(sign);
    if (newest === undefined || !this.samples.has(newest.id)) {
      return false;
    }
    const since = Date.parse(newest.effective ?? "") - behindAfter;
    return !this.stored.some(({ device, to }) => device === newest.device && to >= since);
  }

  /** A reading has left the teleconsult; false when it was not known, or has come back since. */
  remove(gone: Gone): boolean {
    this.position = Math.max(this.position, gone.position);
    const known = this.positions.get(gone.id);
    if (known === undefined ? !this.samples.has(gone.id) : known > gone.position) {
      return false;
    }
    this.drop(gone.id, gone.vitalSign);
    return true;
  }

  /** What was shown of a device before the record has it is not shown twice. */
  private forgetShown(reading: Reading): void {
    if (!continuous.includes(reading.vitalSign)) {
      return;
    }
    const [from, to] = [Date.parse(reading.effective ?? "") - sameValue, Date.parse(latest(reading).effective ?? "") + sameValue];
    this.stored = [...this.stored.slice(-storedRemembered), { device: reading.device, from, to }];
    for (const [id, sample] of this.samples) {
      const time = Date.parse(sample.effective ?? "");
      if (sample.device === reading.device && time >= from && time <= to) {
        this.drop(id, sample.vitalSign);
      }
    }
  }

  private place(reading: Reading): void {
    const last = latest(reading);
    const newest = this.newest.get(reading.vitalSign);
    if (newest === undefined || isNewer(last, newest)) {
      this.newest.set(reading.vitalSign, last);
    }
    for (const single of singles(reading)) {
      if (single.effective !== null) {
        this.addToSeries(single, Date.parse(single.effective));
      }
    }
  }

  private drop(id: string, sign: VitalSign): void {
    const others = (list: Reading[]): Reading[] => list.filter((reading) => reading.id !== id);
    this.positions.delete(id);
    this.samples.delete(id);
    this.rows = others(this.rows);
    this.oximetry = others(this.oximetry);
    this.pressures = others(this.pressures);
    if (this.newest.get(sign)?.id === id) {
      this.newest.delete(sign);
      for (const reading of [...this.rows.map(latest), ...this.samples.values()]) {
        const newest = this.newest.get(sign);
        if (reading.vitalSign === sign && (newest === undefined || isNewer(reading, newest))) {
          this.newest.set(sign, reading);
        }
      }
    }
  }

  private addToSeries(reading: Reading, effective: number): void {
    if (reading.vitalSign === "oxygenSaturation") {
      insertByTime(this.oximetry, reading, effective);
      const last = Date.parse(this.oximetry.at(-1)?.effective ?? "");
      this.oximetry.splice(0, this.oximetry.findIndex((old) => Date.parse(old.effective ?? "") >= last - seriesSpan));
    } else if (reading.vitalSign === "bloodPressure") {
      insertByTime(this.pressures, reading, effective);
    }
  }
}

/** By time of measurement: a late reading must not hide a newer value. One without a time never displaces one that has it. */
export function isNewer(candidate: Reading, known: Reading): boolean {
  if (candidate.effective === null || known.effective === null) {
    return candidate.effective !== null || (known.effective === null && candidate.position > known.position);
  }
  const difference = Date.parse(candidate.effective) - Date.parse(known.effective);
  return difference > 0 || (difference === 0 && candidate.position > known.position);
}

/** Whether a new reading is worth a word to a screen reader: all but the ones that come every second. */
export function isWorthSaying(reading: Reading, previous: Reading | undefined): boolean {
  if (!continuous.includes(reading.vitalSign) || previous === undefined) {
    return true;
  }
  return Date.parse(reading.arrival) - Date.parse(previous.arrival) > 10_000;
}

function insertByTime(series: Reading[], reading: Reading, effective: number): void {
  let index = series.length;
  while (index > 0 && Date.parse(series[index - 1]?.effective ?? "") > effective) {
    index--;
  }
  series.splice(index, 0, reading);
}
