/** At most so often the gateway is told that somebody is at the tablet. */
const pause = 20_000;

/** Tells the gateway of a hand on the tablet, so that whoever reads or types for long is not signed out. */
export function reportHand(): void {
  let last = performance.now();
  const touched = () => {
    if (performance.now() - last > pause) {
      last = performance.now();
      // It fails when the gateway is away or the nurse was signed out; the stream says so better.
      fetch("/seguir", { method: "POST" }).catch(() => undefined);
    }
  };
  for (const name of ["pointerdown", "keydown"]) {
    document.addEventListener(name, touched, { passive: true });
  }
}
