import type { Asked, Gateway, Gone, Reading, Snapshot, State, Teleconsult, VitalSign } from "./contract";

/** How much of the one-per-second series is kept: what the curve shows and a little more. */
const seriesSpan = 6 * 60_000;

/** The record is behind what a sensor shows by more than the way through it takes. */
const behindAfter = 5000;

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

  constructor(private readonly rowsKept = 1000) {}

  /** Starts from the store's present state; what was known before is in it. */
  restart(snapshot: Snapshot): void {
    this.newest.clear();
    this.oximetry = [];
    this.pressures = [];
    this.rows = [];
    this.positions.clear();
    this.samples.clear();
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
    if (known !== undefined || this.samples.has(reading.id)) {
      this.drop(reading.id, reading.vitalSign);
    }
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
    if (sample.effective === null || this.positions.has(sample.id) || this.samples.has(sample.id)) {
      return false;
    }
    for (const [id, old] of this.samples) {
      if (Date.parse(sample.effective) - Date.parse(old.effective ?? "") > seriesSpan) {
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
    const stored = this.rows.find((reading) => reading.vitalSign === sign && reading.effective !== null);
    return newest !== undefined && this.samples.has(newest.id)
      && (stored === undefined || Date.parse(newest.effective ?? "") - Date.parse(stored.effective ?? "") > behindAfter);
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

  private place(reading: Reading): void {
    const newest = this.newest.get(reading.vitalSign);
    if (newest === undefined || isNewer(reading, newest)) {
      this.newest.set(reading.vitalSign, reading);
    }
    if (reading.effective !== null) {
      this.addToSeries(reading, Date.parse(reading.effective));
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
      for (const reading of [...this.rows, ...this.samples.values()]) {
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

/** Signs that sensors send every second, for as long as they are worn. */
const continuous: readonly VitalSign[] = ["oxygenSaturation", "pulseRate"];

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
