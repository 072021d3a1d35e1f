/** The note: saved by itself while it is written, and printed. Without this script the buttons of the page do it. */

const pause = 2000;
const patience = 10_000;

const form = document.querySelector<HTMLFormElement>("#note");
if (form !== null) {
  saveByItself(form);
}

const printing = document.querySelector<HTMLButtonElement>("#print");
if (printing !== null) {
  printing.hidden = false;
  printing.addEventListener("click", () => window.print());
}

function saveByItself(form: HTMLFormElement): void {
  const saved = document.querySelector<HTMLElement>("#saved");
  const revision = form.elements.namedItem("revision") as HTMLInputElement;
  let timer: number | undefined;
  let changed = false;
  let sending = false;
  let leaving = false;
  let conflict = false;

  const say = (text: string | undefined, failed: boolean): void => {
    if (saved !== null) {
      saved.textContent = text ?? "";
      saved.classList.toggle("failed", failed);
    }
  };

  const later = (wait: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void save(), wait);
  };

  async function save(): Promise<void> {
    // One at a time: each save carries the revision that the one before it gave.
    if (!changed || sending || leaving || conflict) {
      return;
    }
    changed = false;
    sending = true;
    const body = new FormData(form);
    body.set("accion", "solo");
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(patience) });
      if (answer.status === 409) {
        // Somebody else wrote: what stands here is only taken over theirs when she says so, by the button.
        conflict = true;
        say(form.dataset["conflict"], true);
        return;
      }
      if (answer.redirected) {
        // To the sign-in page: in another window she comes back, and this one goes on.
        changed = true;
        say(form.dataset["signedout"], true);
        return;
      }
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      revision.value = String(((await answer.json()) as { revision: number }).revision);
      say(form.dataset["saved"], false);
    } catch {
      changed = true;
      say(form.dataset["failed"], true);
    } finally {
      sending = false;
      if (changed) {
        later(pause);
      }
      form.dispatchEvent(new Event("settled"));
    }
  }

  form.addEventListener("input", () => {
    changed = true;
    say(form.dataset["unsaved"], false);
    later(pause);
  });

  // A button sends the form whole. It waits for a save that is on its way, or it would carry a revision that is gone.
  form.addEventListener("submit", (event) => {
    leaving = true;
    clearTimeout(timer);
    if (sending) {
      event.preventDefault();
      const by = event.submitter;
      form.addEventListener("settled", () => form.requestSubmit(by), { once: true });
    }
  });

  // A page that comes back from the browser's store of pages is written on again.
  addEventListener("pageshow", () => {
    leaving = false;
  });

  addEventListener("beforeunload", (event) => {
    if ((changed || sending) && !leaving) {
      event.preventDefault();
    }
  });
}
export {};
