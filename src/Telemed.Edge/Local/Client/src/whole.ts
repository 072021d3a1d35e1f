/**
 * A value is shown whole or not at all: half of a number under an edge reads as another number. The edges are those of what stays in sight,
 * the name above and the next step below.
 */
export function showWhole(): void {
  const [ceiling, floor] = [edge(".who-now", "bottom", 0), Math.min(edge(".next-bar", "top", innerHeight), innerHeight)];
  for (const figure of document.querySelectorAll<HTMLElement>(".cards .figure")) {
    const { top, bottom } = figure.getBoundingClientRect();
    const cut = (top < ceiling && bottom > ceiling) || (top < floor && bottom > floor);
    figure.toggleAttribute("data-cut", cut);
  }
}

function edge(selector: string, side: "top" | "bottom", otherwise: number): number {
  return document.querySelector(selector)?.getBoundingClientRect()[side] ?? otherwise;
}
