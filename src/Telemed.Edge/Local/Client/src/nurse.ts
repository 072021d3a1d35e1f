import { LiveConnection, type Link } from "../../../../Shared/Client/connection";
import type { ServerEvent } from "../../../../Shared/Client/sse";
import { send } from "./forms";
import { reportHand } from "./hand";
import { morph } from "./morph";
import { cameraScanner, routeKeys } from "./scan";
import { showWhole } from "./whole";

const page = document.body.dataset["page"];

/** The parts of the page that change by themselves come drawn from the gateway; each is known by its id. */
function redraw(event: ServerEvent): void {
  const holder = document.createElement("template");
  holder.innerHTML = JSON.parse(event.data) as string;
  const part = holder.content.firstElementChild;
  const old = part === null ? null : document.getElementById(part.id);
  if (part !== null && old !== null) {
    const before = new Map(latest(old));
    morph(old, part);
    const arrived = latest(old).find(([id, reading]) => before.get(id) !== reading);
    if (arrived !== undefined) {
      bringIntoSight(arrived[0]);
    }
    showWhole();
  }
}

/** The reading on each card; of a sensor that stays on it is the same all the while. */
function latest(part: Element): [string, string][] {
  return [...part.querySelectorAll<HTMLElement>("[data-latest]")].map((card) => [card.id, card.dataset["latest"] ?? ""]);
}

/** A value that has come is seen without a hand: the whole card where there is room for it, its number in any case. */
function bringIntoSight(id: string): void {
  const card = document.getElementById(id);
  card?.scrollIntoView({ block: "nearest" });
  card?.querySelector(".figure")?.scrollIntoView({ block: "nearest" });
}

function tell(link: Link): void {
  if (link === "signedOut" || link === "gone") {
    // Nothing of a patient stays behind: the page is replaced, not kept for "back".
    location.replace("/entrar");
    return;
  }
  document.body.dataset["link"] = link;
  const away = document.getElementById("away");
  if (away !== null) {
    away.hidden = link === "connecting" || link === "connected";
  }
}

function failed(): void {
  const problem = document.getElementById("not-sent");
  if (problem !== null) {
    problem.hidden = false;
  }
}

function watch(): void {
  const connection = new LiveConnection(`/api/live/${page}`, {
    position: () => 0,
    onOpen: () => undefined,
    onEvent: redraw,
    onLink: tell,
  });
  globalThis.addEventListener("online", () => connection.hurry());
  // A tablet that slept does not know what its line is worth.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && connection.renew());
  globalThis.addEventListener("pagehide", () => connection.stop());
  void connection.run();
}

/** The wait before what is being typed is looked for. */
let typed = 0;

// A page out of the browser's memory may show a patient to whoever presses "back".
globalThis.addEventListener("pageshow", (event) => event.persisted && location.reload());

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.method === "post" && form.dataset["plain"] === undefined) {
    event.preventDefault();
    document.getElementById("not-sent")?.setAttribute("hidden", "");
    clearTimeout(typed);
    void send(form, event.submitter, failed);
  }
});

// What stands in a form is asked about as each field is left, while the document is still in the hand.
document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type !== "checkbox" && event.target.form?.dataset["check"] !== undefined) {
    event.target.form.requestSubmit(event.target.form.querySelector<HTMLButtonElement>("button[data-look]"));
  }
});

// Who has chosen her name types her PIN next.
document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name === "cuenta") {
    document.getElementById("pin")?.focus();
  }
});

// Names are looked for while they are typed; a scanner ends with Enter and needs no help.
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.dataset["scan"] !== undefined) {
    clearTimeout(typed);
    const field = event.target;
    typed = setTimeout(() => look(field), 120);
  }
});

function look(field: HTMLInputElement): void {
  const button = field.form?.querySelector<HTMLButtonElement>("button[data-look]");
  if (button != null && field.isConnected) {
    field.form!.requestSubmit(button);
  }
}

if (page !== undefined) {
  watch();
  reportHand();
  routeKeys();
  cameraScanner();
  for (const event of ["scroll", "resize", "telemed:shown"]) {
    addEventListener(event, showWhole, { capture: true, passive: true });
  }
}
