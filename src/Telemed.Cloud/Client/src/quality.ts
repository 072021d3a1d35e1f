/**
 * What gives way when the link is poor, in this order: the picture's size, the picture, the voice. The vital signs take another road and never do.
 * 0 whole picture, 1 small picture, 2 voice alone, 3 nothing.
 */
export type Level = 0 | 1 | 2 | 3;

/** What one look at the connection said. Null where it said nothing (nothing was sent, or the other side has not reported yet). */
export interface Look {
  /** How many bits a second the browser believes it can send. */
  available: number | null;
  /** The share of packets that the other side says were lost, 0 to 1. */
  lost: number | null;
  /** There and back, in seconds. */
  roundTrip: number | null;
}

/** What each level needs, in bits a second: with less it is not worth trying. */
const needs: Record<Level, number> = { 0: 250_000, 1: 80_000, 2: 20_000, 3: 0 };

/** So many looks in a row say the same before anything changes: down soon, up late, and later each time that up was too early. */
const down = 3;
const up = 8;
const mostUp = 64;

export class Quality {
  level: Level = 0;
  private bad = 0;
  private good = 0;
  private patience = up;
  private sinceRise = Number.POSITIVE_INFINITY;

  /** Takes a look, two seconds after the one before; true when the level has changed. */
  take(look: Look): boolean {
    this.sinceRise++;
    const poor = this.isPoor(look);
    this.bad = poor ? this.bad + 1 : 0;
    this.good = poor ? 0 : this.good + 1;
    if (this.bad >= down && this.level < 3) {
      if (this.sinceRise < up) {
        this.patience = Math.min(mostUp, this.patience * 2);
      }
      this.sinceRise = Number.POSITIVE_INFINITY;
      return this.change(1);
    }
    if (this.good >= this.patience && this.level > 0) {
      this.sinceRise = 0;
      return this.change(-1);
    }
    if (this.sinceRise === up) {
      // This rise has held: what came before it no longer counts.
      this.patience = up;
    }
    return false;
  }

  private isPoor({ available, lost, roundTrip }: Look): boolean {
    // A voice stands more loss than a picture, and at the last level nothing is sent that could be lost.
    const mostLost = this.level < 2 ? 0.08 : 0.25;
    return this.level < 3 && (
      (this.level < 2 && available !== null && available < needs[this.level]) ||
      (lost !== null && lost > mostLost) ||
      (roundTrip !== null && roundTrip > 2));
  }

  private change(step: 1 | -1): true {
    this.level = (this.level + step) as Level;
    this.bad = 0;
    this.good = 0;
    return true;
  }
}
