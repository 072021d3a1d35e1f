import uPlot from "uplot";
import type { Reading } from "./contract";
import { curveSeconds, extent, layOut, type Curve } from "./curve";
import { numberOf } from "./reading";
import type { Texts } from "./texts";
import { byId } from "./view";
import type { WallClock } from "./words";

const ink = "#1f3a4a";
const grid = "#dbe4ea";
const spO2Colour = "#0b5cad";
const pulseColour = "#9a3412";
const font = "12px system-ui, sans-serif";

/** The last five minutes of the oximeter: saturation on the left axis, pulse dashed on the right one. */
export class OximetryCurve {
  private readonly host = byId("curve");
  private plot: uPlot | null = null;

  constructor(private readonly texts: Texts) {
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(this.host);
  }

  draw(readings: readonly Reading[], now: number): void {
    const curve = layOut(readings, now);
    const empty = extent(curve.spO2) === null && extent(curve.pulse) === null;
    byId("curve-empty").hidden = !empty;
    this.host.hidden = empty;
    if (empty) {
      return;
    }
    this.plot ??= new uPlot({ ...this.options(), ...this.size() }, [[], [], []], this.host);
    this.plot.setData([curve.seconds, curve.spO2, curve.pulse]);
    this.describe(curve);
  }

  private size(): { width: number; height: number } {
    return { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  private options(): Omit<uPlot.Options, "width" | "height"> {
    const series = (label: string, scale: string, stroke: string, dash: number[]): uPlot.Series =>
      ({ label, scale, stroke, dash, width: 2, spanGaps: false, points: { show: true, size: 4, fill: stroke, filter: alone } });
    const axis = (scale: string, side: uPlot.Axis.Side, stroke: string, label: string): uPlot.Axis =>
      ({ scale, side, stroke, label, font, labelFont: font, labelSize: 16, size: 36, ticks: { show: false }, grid: { show: side === 3, stroke: grid, width: 1 } });
    return {
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 0, 0, 0],
      scales: {
        x: { time: false, range: [-curveSeconds, 0] },
        spO2: { range: (_, low, high) => padded(low, high, 85, 100) },
        pulse: { range: (_, low, high) => padded(low, high, 50, 110) },
      },
      series: [
        {},
        series(this.texts.get("live.curve.spO2"), "spO2", spO2Colour, []),
        series(this.texts.get("live.curve.pulse"), "pulse", pulseColour, [6, 3]),
      ],
      axes: [
        {
          stroke: ink, font, size: 24, grid: { stroke: grid, width: 1 }, ticks: { show: false },
          splits: [-300, -240, -180, -120, -60, 0],
          values: (_, splits) => splits.map((second) =>
            second === 0 ? this.texts.get("live.curve.now") : this.texts.get("live.curve.minutes", -second / 60)),
        },
        axis("spO2", 3, spO2Colour, this.texts.get("live.curve.spO2")),
        axis("pulse", 1, pulseColour, this.texts.get("live.curve.pulse")),
      ],
    };
  }

  private describe(curve: Curve): void {
    const none = this.texts.get("value.none");
    const numbers = [extent(curve.spO2), extent(curve.pulse)]
      .flatMap((found) => [found?.low ?? none, found?.high ?? none, found?.last ?? none]);
    this.host.removeAttribute("aria-labelledby");
    this.host.setAttribute("aria-label", this.texts.get("live.curve.summary", ...numbers));
  }
}

/** Points with a gap on both sides: a line would not show them at all. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  return [...values.keys()].filter((index) => values[index] != null && values[index - 1] == null && values[index + 1] == null);
}

/** A scale that always shows the usual range and grows when values leave it. */
function padded(low: number | null, high: number | null, usualLow: number, usualHigh: number): [number, number] {
  return [Math.min(usualLow, (low ?? usualLow) - 2), Math.max(usualHigh, (high ?? usualHigh) + (usualHigh === 100 ? 0 : 5))];
}

const svgNamespace = "http://www.w3.org/2000/svg";
const pressuresShown = 6;

/** The last blood pressures as bars from diastolic to systolic, with their numbers and times. */
export function drawPressures(readings: readonly Reading[], wall: WallClock): void {
  const points = readings.slice(-pressuresShown).flatMap((reading) => {
    const systolic = numberOf(reading, "systolic");
    const diastolic = numberOf(reading, "diastolic");
    return systolic === null || diastolic === null || reading.effective === null
      ? [] : [{ systolic, diastolic, label: wall.minute(Date.parse(reading.effective)) }];
  });
  const host = byId("pressures");
  byId("pressures-empty").hidden = points.length > 1;
  host.hidden = points.length < 2;
  if (points.length < 2) {
    return;
  }
  const low = Math.min(60, ...points.map((point) => point.diastolic)) - 5;
  const high = Math.max(140, ...points.map((point) => point.systolic)) + 5;
  const y = (value: number) => 22 + ((high - value) / (high - low)) * 96;
  const svg = make("svg", { viewBox: "0 0 320 160", role: "img", class: "pressures" });
  svg.setAttribute("aria-label", points.map((point) => `${point.label} ${point.systolic}/${point.diastolic}`).join(", "));
  points.forEach((point, index) => {
    const x = (320 / points.length) * (index + 0.5);
    const bar = { x: x - 6, y: y(point.systolic), width: 12, height: Math.max(2, y(point.diastolic) - y(point.systolic)), rx: 3, class: "bar" };
    svg.append(
      make("rect", bar),
      make("text", { x, y: y(point.systolic) - 5, class: "bar-value" }, String(point.systolic)),
      make("text", { x, y: y(point.diastolic) + 15, class: "bar-value" }, String(point.diastolic)),
      make("text", { x, y: 156, class: "bar-time" }, point.label));
  });
  host.replaceChildren(svg);
}

function make(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const element = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, String(value));
  }
  element.textContent = text;
  return element;
}
