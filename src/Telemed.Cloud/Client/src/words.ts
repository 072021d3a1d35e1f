import type { Texts } from "./texts";

/** How many decimals a unit is shown with: at least, at most. Storage keeps every digit the device sent. */
const decimals: Readonly<Record<string, readonly [number, number]>> = {
  "mm[Hg]": [0, 0],
  kPa: [1, 1],
  "mg/dL": [0, 0],
  "mmol/L": [1, 1],
  "%": [0, 1],
  "/min": [0, 0],
  Cel: [1, 1],
  "[degF]": [1, 1],
  kg: [1, 2],
  "[lb_av]": [1, 1],
};

/**
 * A decimal as sent, rounded for show, half away from zero. Works on the digits: a binary fraction would show 0.285 as 0.28.
 */
export function amount(value: string, unit: string): string {
  const [least, most] = decimals[unit] ?? [0, 6];
  const negative = value.startsWith("-");
  const [whole = "0", fraction = ""] = (negative ? value.slice(1) : value).split(".");
  let digits = BigInt(whole + fraction.slice(0, most).padEnd(most, "0"));
  if (fraction.charAt(most) >= "5") {
    digits += 1n;
  }
  const padded = digits.toString().padStart(most + 1, "0");
  let tail = padded.slice(padded.length - most);
  while (tail.length > least && tail.endsWith("0")) {
    tail = tail.slice(0, -1);
  }
  const head = most === 0 ? padded : padded.slice(0, -most);
  const sign = negative && digits !== 0n ? "\u2212" : "";
  return sign + (tail.length > 0 && most > 0 ? `${head}.${tail}` : head);
}

/** A length of time in its two largest parts: "12 s", "3 min", "2 h 05 min", "3 d 4 h". */
export function duration(milliseconds: number, texts: Texts): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) {
    return texts.get("time.seconds", seconds);
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return texts.get("time.minutes", minutes);
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? texts.get("time.hours", hours, String(minutes % 60).padStart(2, "0"))
    : texts.get("time.days", Math.floor(hours / 24), hours % 24);
}

/** A bound on an error, rounded up: "40 s", "3 min", "1 h 05 min". */
export function margin(milliseconds: number, texts: Texts): string {
  return duration(milliseconds <= 60_000 ? Math.ceil(milliseconds / 1000) * 1000 : Math.ceil(milliseconds / 60_000) * 60_000, texts);
}

/** Elapsed time as a stopwatch shows it: 04:07, 1:02:33. */
export function stopwatch(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (part: number) => String(part).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Wall times in the zone of the unit that asks, day first, 24 hours, in both languages. */
export class WallClock {
  private readonly format: Intl.DateTimeFormat;

  constructor(zone: string) {
    this.format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, day: "2-digit", month: "2-digit", year: "numeric",
      hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    });
  }

  /** 04:15:09 when it is the same day as now, else 22/11/2026 04:15. */
  short(instant: number, now: number): string {
    const [date, time] = this.parts(instant);
    return date === this.parts(now)[0] ? time : `${date} ${time.slice(0, 5)}`;
  }

  /** 04:15 */
  minute(instant: number): string {
    return this.parts(instant)[1].slice(0, 5);
  }

  private parts(instant: number): [date: string, time: string] {
    const part = Object.fromEntries(this.format.formatToParts(instant).map(({ type, value }) => [type, value]));
    return [`${part["day"]}/${part["month"]}/${part["year"]}`, `${part["hour"]}:${part["minute"]}:${part["second"]}`];
  }
}
