import type { Asked, Gateway, Reading, Teleconsult, VitalSign } from "./contract";
import { condense, type Row } from "./curve";
import type { Link } from "../../../Shared/Client/connection";
import { ageOf, face, notes, sentence } from "./reading";
import type { Texts } from "./texts";
import { stopwatch, type WallClock } from "./words";

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) {
    throw new Error(`The page has no element ${id}.`);
  }
  return element;
}

/** Fills the elements that the server rendered; makes none but marks and rows (from the page's own template). */
export class LiveView {
  private readonly cards = new Map<string, HTMLElement>();

  constructor(private readonly texts: Texts, private readonly wall: WallClock, private readonly rowsShown: number) {
    for (const card of document.querySelectorAll<HTMLElement>("[data-vital]")) {
      this.cards.set(card.dataset["vital"] ?? "", card);
    }
  }

  /** `ahead`: the record does not hold it yet, and is behind. */
  card(sign: VitalSign, reading: Reading, now: number, ahead: boolean): void {
    const card = this.cards.get(sign);
    if (card === undefined) {
      return;
    }
    const shown = face(reading, this.texts);
    card.hidden = false;
    card.dataset["tone"] = shown.tone;
    fill(card, "main", shown.main);
    fill(card, "unit", shown.unit);
    fill(card, "reason", shown.reason);
    fill(card, "details", shown.details.join(" · "));
    fill(card, "time", shown.time);
    this.age(sign, reading, now, ahead);
  }

  /** As before anything was measured. */
  emptyCard(sign: VitalSign): void {
    const card = this.cards.get(sign);
    if (card === undefined) {
      return;
    }
    card.hidden = card.dataset["always"] === undefined;
    card.dataset["tone"] = "absent";
    card.removeAttribute("data-stale");
    fill(card, "main", this.texts.get("value.none"));
    fill(card, "reason", this.texts.get("absent.never"));
    for (const field of ["unit", "details", "time", "age", "clock", "marks"]) {
      fill(card, field, "");
    }
    card.querySelector<HTMLElement>("[data-field=marks]")?.removeAttribute("data-shown");
  }

  /** That a reading has left, until the next one does. */
  gone(sign: VitalSign, now: number): void {
    const notice = byId("gone");
    notice.hidden = false;
    say(notice, this.texts.get("live.gone", this.wall.short(now, now), this.texts.get(`vital.${sign}`)));
  }

  /** What changes by the clock alone. */
  age(sign: VitalSign, reading: Reading, now: number, ahead: boolean): void {
    const card = this.cards.get(sign);
    if (card === undefined) {
      return;
    }
    const age = ageOf(reading, now, this.texts);
    fill(card, "age", age.text);
    fill(card, "clock", reading.effective === null ? "" : this.wall.short(Date.parse(reading.effective), now));
    card.toggleAttribute("data-stale", age.stale);
    const marks = [
      ...(age.stale ? [["mark--stale", this.texts.get("value.stale")]] : []),
      ...(ahead ? [["", this.texts.get("value.live")]] : []),
      ...notes(reading, this.texts).map((note) => ["", note]),
      ...face(reading, this.texts).flags.map((flag) => ["mark--flag", flag]),
    ];
    const list = card.querySelector<HTMLElement>("[data-field=marks]");
    const key = marks.join("|");
    if (list !== null && list.dataset["shown"] !== key) {
      list.dataset["shown"] = key;
      list.replaceChildren(...marks.map(([kind = "", text = ""]) => {
        const item = document.createElement("li");
        item.className = `mark ${kind}`.trim();
        item.textContent = text;
        return item;
      }));
    }
  }

  link(link: Link, since: number, now: number): void {
    const connection = byId("connection");
    connection.dataset["state"] = link;
    say(connection, this.texts.get(`live.connection.${link}`, this.wall.short(since, now)));
    byId("warning").hidden = link !== "offline" && link !== "signedOut";
  }

  /** Undefined when nothing is known of it. */
  gateway(gateway: Gateway | null | undefined, now: number): void {
    const element = byId("gateway");
    element.dataset["state"] = gateway == null ? "none" : gateway.online ? "online" : "offline";
    say(element, this.linkOf(gateway, now));
  }

  private linkOf(gateway: Gateway | null | undefined, now: number): string {
    if (gateway === undefined) {
      return this.texts.get("live.link.unknown");
    }
    if (gateway?.since == null) {
      return this.texts.get(gateway === null ? "live.link.none" : "live.link.never");
    }
    const link = gateway.online
      ? this.texts.get("live.link.online")
      : this.texts.get("live.link.offline", this.wall.short(Date.parse(gateway.since), now));
    return gateway.waiting > 0 ? `${link} · ${this.texts.count("live.waiting", gateway.waiting)}` : link;
  }

  teleconsult(consult: Teleconsult, now: number): void {
    const state = byId("state");
    state.className = `chip chip--${consult.state}`;
    say(state, this.texts.get(`consult.state.${consult.state}`));
    if (consult.startedAt !== null) {
      say(byId("elapsed-label"), this.texts.get(consult.endedAt === null ? "live.elapsed" : "live.duration"));
      say(byId("elapsed"), stopwatch((consult.endedAt === null ? now : Date.parse(consult.endedAt)) - Date.parse(consult.startedAt)));
    }
  }

  table(readings: readonly Reading[], now: number): void {
    const template = byId("row") as HTMLTemplateElement;
    byId("rows-empty").hidden = readings.length > 0;
    byId("rows").replaceChildren(...condense(readings, this.rowsShown).map((row) => {
      const element = template.content.cloneNode(true) as DocumentFragment;
      this.row(element, row, now);
      return element;
    }));
  }

  /** How far what was asked for has got; nothing on a page that asks for nothing. */
  asked(all: readonly Asked[], teleconsult: string): void {
    const list = document.getElementById("asked");
    const template = document.getElementById("asked-line") as HTMLTemplateElement | null;
    const key = JSON.stringify(all);
    if (list === null || template === null || list.dataset["shown"] === key) {
      return;
    }
    list.dataset["shown"] = key;
    list.replaceChildren(...all.map((each) => {
      const element = template.content.cloneNode(true) as DocumentFragment;
      element.querySelector("li")?.setAttribute("data-state", each.state);
      fill(element, "what", this.texts.get(`asked.choice.${each.vitalSign}.${each.times}`));
      fill(element, "state", this.askedState(each));
      const form = element.querySelector("form");
      if (form !== null) {
        form.action = `/teleconsulta/${teleconsult}/pedir/${each.id}/retirar`;
        form.hidden = !each.isOpen;
      }
      return element;
    }));
  }

  private askedState(each: Asked): string {
    let words = this.texts.get(`asked.state.${each.state}`);
    if (each.isOpen && each.done > 0) {
      words = this.texts.get("asked.some", words, each.done, each.times);
    }
    if (each.state === "failed" && each.reason !== "") {
      const reason = `asked.reason.${each.reason}`;
      words = `${words}: ${this.texts.has(reason) ? this.texts.get(reason) : each.reason}`;
    }
    return each.mean === null ? words : this.texts.get("asked.mean", words, each.mean);
  }

  announce(reading: Reading): void {
    const words = sentence(face(reading, this.texts));
    byId("announcer").textContent = this.texts.get("live.announce", this.texts.get(`vital.${reading.vitalSign}`), words);
  }

  private row(element: DocumentFragment, row: Row, now: number): void {
    const reading = row.kind === "one" ? row.reading : row.newest;
    const shown = face(reading, this.texts);
    const effective = reading.effective === null ? null : Date.parse(reading.effective);
    fill(element, "sign", this.texts.get(`vital.${reading.vitalSign}`));
    fill(element, "device", reading.deviceLabel ?? reading.device);
    if (row.kind === "minute" && effective !== null) {
      const pulse = this.texts.get("part.pulseRate", row.pulse, this.texts.get("unit./min"));
      fill(element, "time", this.wall.minute(effective));
      fill(element, "value", `${row.spO2} ${this.texts.get("unit.%")}${row.pulse === "" ? "" : ` · ${pulse}`}`);
      const count = this.texts.count(row.samples ? "live.table.samples" : "live.table.count", row.count);
      fill(element, "notes", [count, ...(row.samples ? notes(reading, this.texts) : [])].join(" · "));
      if (row.samples) {
        element.querySelector("a[data-field=value]")?.setAttribute("href", `/lectura/${reading.id}`);
      }
      return;
    }
    fill(element, "time", effective === null ? this.texts.get("time.method.none") : this.wall.short(effective, now));
    fill(element, "value", sentence(shown));
    element.querySelector("a[data-field=value]")?.setAttribute("href", `/lectura/${reading.id}`);
    fill(element, "notes", [shown.time, ...notes(reading, this.texts), ...shown.flags].join(" · "));
  }
}

function fill(parent: ParentNode, field: string, text: string): void {
  const element = parent.querySelector<HTMLElement>(`[data-field=${field}]`);
  if (element !== null) {
    say(element, text);
  }
}

/** Writes only what changed, so that screen readers and selections are left alone. */
function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
