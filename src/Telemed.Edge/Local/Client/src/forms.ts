import { morph } from "./morph";

/** What each form is just sending: a look-up may be given up for something newer, anything else is sent once. */
const sending = new WeakMap<HTMLFormElement, { look: boolean; stop: AbortController }>();

/**
 * Sends a form without leaving the page and shows the answer in the present one, so that the screen does not flash and what is being
 * read aloud goes on. Without this script the browser sends the form itself, to the same effect.
 */
export async function send(form: HTMLFormElement, submitter: HTMLElement | null, fail: () => void): Promise<void> {
  const look = submitter?.hasAttribute("data-look") ?? false;
  const before = sending.get(form);
  // A second press of the same button, or a scanner's second Enter, is not a second wish.
  if (before !== undefined && !before.look) {
    return;
  }
  before?.stop.abort();
  const stop = new AbortController();
  sending.set(form, { look, stop });
  // Whoever goes on typing before the answer has come begins anew, and what she has typed by then is not taken away.
  const field = document.querySelector<HTMLInputElement>("input[data-scan]");
  const looked = field?.value;
  if (!look && document.activeElement === field) {
    field?.select();
  }
  try {
    const data = new FormData(form, submitter);
    const response = await fetch(submitter?.hasAttribute("formaction") ? (submitter as HTMLButtonElement).formAction : form.action, {
      method: "POST", body: new URLSearchParams([...data].map(([name, value]) => [name, String(value)])),
      headers: { accept: "text/html" }, cache: "no-store", signal: stop.signal,
    });
    if (response.status === 204) {
      return;
    }
    if (!(response.headers.get("content-type") ?? "").startsWith("text/html")) {
      throw new Error(`telemed: ${response.status} without a page`);
    }
    const html = await response.text();
    if (!stop.signal.aborted) {
      show(html, response.redirected ? response.url : null, looked);
    }
  } catch (error) {
    if (!stop.signal.aborted) {
      console.warn("telemed: not sent", error);
      fail();
    }
  } finally {
    if (sending.get(form)?.stop === stop) {
      sending.delete(form);
    }
  }
}

/** Puts an answer in the place of what is shown. */
function show(html: string, address: string | null, looked: string | undefined): void {
  const next = new DOMParser().parseFromString(html, "text/html");
  const page = next.body.dataset["page"];
  if (address !== null && (page !== document.body.dataset["page"] || page === undefined)) {
    // Another page, with a stream of its own, or none.
    location.assign(address);
    return;
  }
  document.title = next.title;
  const main = next.querySelector("main");
  if (main !== null) {
    morph(document.querySelector("main")!, main);
  }
  // What was looked for is found: the field waits for the next one.
  const field = document.querySelector<HTMLInputElement>("input[data-scan]");
  if (address !== null && field !== null && field.value === looked) {
    field.value = "";
    // The keyboard on the glass would cover who it is; keys of a real one find the field without its focus.
    if (matchMedia("(pointer: coarse)").matches) {
      field.blur();
    }
  }
  // What a person has to see or fill in next says so.
  const wanted = document.querySelector<HTMLElement>("main [data-focus]");
  wanted?.focus();
  wanted?.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("telemed:shown"));
}
