import type { Gateway, Reading, Snapshot, State, Teleconsult, VitalSign } from "./contract";

/** How much of the one-per-second series is kept: what the curve shows and a little more. */
const seriesSpan = 6 * 60_000;
const rowsKept = 1000;

/** What the page knows of the teleconsult. Changed only by what the stream brings. */
export class Consult {
  teleconsult: Teleconsult | null = null;
  gateway: Gateway | null = null;
  position = 0;
  readonly newest = new Map<VitalSign, Reading>();
  /** Oximeter readings in order of measurement, the last few minutes. */
  oximetry: Reading[] = [];
  /** In order of measurement, oldest first. */
  pressures: Reading[] = [];
  /** Everything in order of arrival, newest first. */
  rows: Reading[] = [];
  private readonly ids = new Set<string>();

  /** Starts from the store's present state; what was known before is in it. */
  restart(snapshot: Snapshot): void {
    this.newest.clear();
    this.oximetry = [];
    this.pressures = [];
    this.rows = [];
    this.ids.clear();
    this.update(snapshot);
    snapshot.readings.forEach((reading) => this.add(reading));
    this.position = snapshot.position;
  }

  update(state: State): void {
    this.teleconsult = state.teleconsult;
    this.gateway = state.gateway;
  }

  /** Takes one reading; false when it is known already (a resumed stream may repeat). */
  add(reading: Reading): boolean {
    this.position = Math.max(this.position, reading.position);
    if (this.ids.has(reading.id)) {
      return false;
    }
    this.ids.add(reading.id);
    this.rows.unshift(reading);
    for (const gone of this.rows.splice(rowsKept)) {
      this.ids.delete(gone.id);
    }
    const known = this.newest.get(reading.vitalSign);
    if (known === undefined || isNewer(reading, known)) {
      this.newest.set(reading.vitalSign, reading);
    }
    if (reading.effective !== null) {
      this.addToSeries(reading, Date.parse(reading.effective));
    }
    return true;
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
  if (reading.vitalSign !== "oxygenSaturation" || previous === undefined) {
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
