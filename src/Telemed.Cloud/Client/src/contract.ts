/** The cloud's JSON, as its live stream and its API send it. Times are ISO 8601 UTC with Z. */

export interface Part {
  part: string;
  value?: string;
  absent?: string;
  unit: string;
}

export type VitalSign = "bloodPressure" | "oxygenSaturation" | "glucose" | "temperature" | "weight" | "pulseRate";

export interface Reading {
  position: number;
  id: string;
  vitalSign: VitalSign;
  values: Part[];
  effective: string | null;
  deviceLocal: string | null;
  arrival: string;
  stored: string;
  method: "none" | "arrival" | "deviceOffset" | "deviceLocal" | "estimated";
  uncertaintyMs: number;
  flags: string[];
  late: boolean;
  device: string;
  deviceLabel: string | null;
  glucose: { sampleType: number; sampleLocation: number; meal: number } | null;
  /** Said afterwards whose it is. */
  assigned: { at: string; by: string; reason: string } | null;
  /** Its time became known better afterwards. */
  retimed: { at: string; before: string | null; methodBefore: Reading["method"] } | null;
  /** What a sensor that stays on sent in at most a minute, the first at the reading's own time. Null: a single reading. */
  samples: Sample[] | null;
}

export interface Sample {
  afterMs: number;
  values: Part[];
  flags: string[];
}

/** A reading that is no longer of this teleconsult. */
export interface Gone {
  position: number;
  id: string;
  vitalSign: VitalSign;
}

export interface Teleconsult {
  id: string;
  state: "scheduled" | "waiting" | "running" | "ended" | "missed" | "cancelled";
  startedAt: string | null;
  endedAt: string | null;
  scheduledAt: string;
}

export interface Gateway {
  id: string;
  online: boolean;
  /** Null when it has never said anything. */
  since: string | null;
  waiting: number;
}

/** A measurement that was asked for. */
export interface Asked {
  id: string;
  vitalSign: VitalSign;
  times: number;
  state: "asked" | "seen" | "measuring" | "failed" | "withdrawn" | "done" | "expired";
  reason: string;
  done: number;
  mean: string | null;
  isOpen: boolean;
}

export interface State {
  teleconsult: Teleconsult;
  gateway: Gateway | null;
  /** The latest first. */
  asked: Asked[];
}

export interface Snapshot extends State {
  position: number;
  readings: Reading[];
}
