/** The list of teleconsults follows along: every 15 seconds, while somebody looks, the server's page replaces what is shown. */
const every = 15_000;

async function refresh(): Promise<void> {
  const main = document.getElementById("content");
  if (main === null || document.hidden || main.contains(document.activeElement)) {
    return;
  }
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok || response.redirected) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("content");
  if (fresh !== null) {
    main.replaceChildren(...fresh.childNodes);
  }
}

// A failed attempt leaves the page as it is; its own line says from when it is.
setInterval(() => void refresh().catch((error: unknown) => console.warn("telemed: not refreshed", error)), every);
