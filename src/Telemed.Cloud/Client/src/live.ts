import { drawPressures, OximetryCurve } from "./charts";
import { ServerClock } from "./clock";
import { LiveConnection, type Link } from "../../../Shared/Client/connection";
import { Consult, isWorthSaying } from "./consult";
import type { Gone, Reading, Snapshot, State, VitalSign } from "./contract";
import { latest } from "./reading";
import type { ServerEvent } from "../../../Shared/Client/sse";
import { Texts } from "./texts";
import { byId, LiveView } from "./view";
import { WallClock } from "./words";

/** What the server puts into the page for the script. */
interface PageData {
  texts: Record<string, string>;
  zone: string;
  now: string;
  live: string;
  /** How many rows the table has at most. */
  rows: number;
  /** How many readings are kept for it. */
  kept: number;
  state: State;
  /** The newest reading of each vital sign, so that ages tick even when the stream never opens. */
  newest: Reading[];
}

const data = JSON.parse(byId("page-data").textContent ?? "") as PageData;
const texts = new Texts(data.texts);
const wall = new WallClock(data.zone);
const clock = new ServerClock(Date.parse(data.now));
const view = new LiveView(texts, wall, data.rows);
const curve = new OximetryCurve(texts);
const consult = new Consult(data.kept);

let link: Link = "connecting";
let linkSince = clock.now();
let tableIsOld = false;
/** The device's wall clock ahead of its monotonic one. Neither is trusted; that one runs away from the other means the device slept. */
let lead = Date.now() - performance.now();

function onEvent({ event, data: json }: ServerEvent): void {
  if (event === "snapshot") {
    consult.restart(JSON.parse(json) as Snapshot);
    showAll();
  } else if (event === "state") {
    consult.update(JSON.parse(json) as State);
    showState();
  } else if (event === "reading") {
    onReading(JSON.parse(json) as Reading, true);
  } else if (event === "live") {
    onReading(JSON.parse(json) as Reading, false);
  } else if (event === "gone") {
    onGone(JSON.parse(json) as Gone);
  }
}

/** What has come from the record, or what a sensor shows before it does; the table is of the record. */
function onReading(reading: Reading, isStored: boolean): void {
  clock.observe(Date.parse(reading.stored));
  const previous = consult.newest.get(reading.vitalSign);
  if (!(isStored ? consult.add(reading) : consult.show(reading))) {
    return;
  }
  tableIsOld ||= isStored;
  const newest = consult.newest.get(reading.vitalSign);
  if (newest !== undefined && newest !== previous) {
    card(reading.vitalSign, newest);
  }
  if (reading.vitalSign === "bloodPressure") {
    drawPressures(consult.pressures, wall);
  }
  if (reading.id !== previous?.id && isWorthSaying(reading, previous)) {
    view.announce(reading);
  }
}

/** A value that turned out to be somebody else's must not stand there a moment longer, and its going must be seen. */
function onGone(gone: Gone): void {
  if (!consult.remove(gone)) {
    return;
  }
  tableIsOld = true;
  const newest = consult.newest.get(gone.vitalSign);
  if (newest === undefined) {
    view.emptyCard(gone.vitalSign);
  } else {
    card(gone.vitalSign, newest);
  }
  drawPressures(consult.pressures, wall);
  view.gone(gone.vitalSign, clock.now());
}

function onLink(next: Link): void {
  if (next === "ended" && consult.teleconsult !== null) {
    consult.teleconsult = { ...consult.teleconsult, state: "ended" };
  }
  // Offline counts from when the line was lost, not from when that was called so.
  if (!(next === "offline" && (link === "reconnecting" || link === "offline"))) {
    linkSince = next === link ? linkSince : clock.now();
  }
  link = next;
  showState();
}

function showState(): void {
  const now = clock.now();
  view.link(link, linkSince, now);
  // While nothing comes from the server, nothing is known of the unit's link either.
  view.gateway(link === "offline" || link === "signedOut" ? undefined : consult.gateway, now);
  if (consult.teleconsult !== null) {
    view.teleconsult(consult.teleconsult, now);
    view.asked(consult.asked, consult.teleconsult.id);
  }
}

/** A request for a measurement goes without leaving the page: that would cut the call. What came of it comes by the stream. */
async function ask(event: SubmitEvent): Promise<void> {
  const form = event.target as HTMLFormElement;
  if (!form.matches("[data-ask]")) {
    return;
  }
  event.preventDefault();
  const problem = byId("ask-problem");
  try {
    const fields = new URLSearchParams([...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value)]));
    const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" });
    // A redirection is the answer to a form that was taken; where it leads to is where we are.
    problem.hidden = answer.type === "opaqueredirect" || answer.ok;
  } catch {
    problem.hidden = false;
  }
}

function card(sign: VitalSign, reading: Reading): void {
  view.card(sign, reading, clock.now(), consult.isAhead(sign));
}

function showAll(): void {
  consult.newest.forEach((reading, sign) => card(sign, reading));
  drawPressures(consult.pressures, wall);
  tableIsOld = true;
  tick();
}

/** Once a second: ages, stopwatch, curve; the table only when something came, and not more often than this. */
function tick(): void {
  noticeSleep();
  const now = clock.now();
  showState();
  consult.newest.forEach((reading, sign) => view.age(sign, reading, now, consult.isAhead(sign)));
  curve.draw(consult.oximetry, now);
  if (tableIsOld && consult.position > 0) {
    tableIsOld = false;
    view.table(consult.rows, now);
  }
}

/** After a sleep values look as old as the device's own clock says, until the server's word is there. */
function noticeSleep(): void {
  const slept = Date.now() - performance.now() - lead;
  lead += slept;
  if (slept > 5000) {
    clock.observe(clock.now() + slept);
    connection.renew();
  }
}

function connect(): LiveConnection {
  const connection = new LiveConnection(data.live, {
    position: () => consult.position,
    onOpen: (serverTime) => {
      if (serverTime !== null) {
        clock.answered(serverTime);
      }
    },
    onEvent,
    onLink,
  });
  void connection.run();
  return connection;
}

consult.update(data.state);
data.newest.forEach((reading) => consult.newest.set(reading.vitalSign, latest(reading)));

let connection = connect();
tick();
setInterval(tick, 1000);
document.addEventListener("submit", (event) => void ask(event));
addEventListener("online", () => connection.hurry());
document.addEventListener("visibilitychange", () => connection.hurry());
addEventListener("pagehide", () => connection.stop());
addEventListener("pageshow", (event) => {
  // A page that comes back from the browser's store of pages has lost its stream.
  if (event.persisted) {
    connection = connect();
  }
});
