import { LiveConnection } from "../../../Shared/Client/connection";

/** A unit asks for help; as the stream sends it. */
interface HelpCall {
  id: string;
}

/**
 * Keeps the calls for help on top of every page: the server says the list anew at each change, and its own page is asked for the words.
 * Answering goes over the wire without leaving the page.
 */
const frame = document.getElementById("help");

async function show(open: readonly HelpCall[]): Promise<void> {
  const shown = [...(frame?.querySelectorAll<HTMLElement>("[data-call]") ?? [])].map((call) => call.dataset["call"]);
  if (frame === null || (shown.length === open.length && open.every((call) => shown.includes(call.id)))) {
    return;
  }
  if (open.length === 0) {
    frame.replaceChildren();
    return;
  }
  const response = await fetch("/ayuda", { cache: "no-store" });
  if (response.ok && !response.redirected) {
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("help");
    frame.replaceChildren(...(fresh?.childNodes ?? []));
  }
}

async function answer(form: HTMLFormElement): Promise<void> {
  const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form) as unknown as Record<string, string>), redirect: "manual" });
  if (response.type !== "opaqueredirect" && !response.ok) {
    form.submit();
  }
}

if (frame !== null) {
  frame.addEventListener("submit", (event) => {
    event.preventDefault();
    void answer(event.target as HTMLFormElement);
  });
  const connection = new LiveConnection("/api/help-calls/live", {
    position: () => 0,
    onOpen: () => undefined,
    onEvent: ({ event, data }) => {
      if (event === "help") {
        void show(JSON.parse(data) as HelpCall[]).catch((error: unknown) => console.warn("telemed: help calls not shown", error));
      }
    },
    onLink: () => undefined,
  });
  void connection.run();
  addEventListener("online", () => connection.hurry());
  addEventListener("pagehide", () => connection.stop());
}
