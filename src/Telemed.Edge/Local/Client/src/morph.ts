/**
 * Makes one piece of the page like another, in place. Nodes that stay keep what a person is doing to them: the focus, what was typed, a
 * finger that is down. Elements are told apart by their id where they have one, else by their place.
 */
export function morph(old: Element, wanted: Element): void {
  if (old.nodeName !== wanted.nodeName) {
    old.replaceWith(wanted);
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name)) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of [...wanted.attributes]) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  morphChildren(old, wanted);
}

function morphChildren(old: Element, wanted: Element): void {
  let place = old.firstChild;
  for (const next of [...wanted.childNodes]) {
    const same = find(place, next);
    if (same === null) {
      old.insertBefore(next, place);
      continue;
    }
    // What stands before the node that stays is not wanted any more, or comes again later.
    if (same !== place) {
      old.insertBefore(same, place);
    }
    place = same.nextSibling;
    if (same instanceof Element && next instanceof Element) {
      morph(same, next);
    } else if (same.nodeValue !== next.nodeValue) {
      same.nodeValue = next.nodeValue;
    }
  }
  while (place !== null) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/** The node that stays for this one: of the same id wherever it stands, else the one at its place when neither has an id. */
function find(place: ChildNode | null, next: ChildNode): ChildNode | null {
  if (next instanceof Element && next.id !== "") {
    for (let node = place; node !== null; node = node.nextSibling) {
      if (node instanceof Element && node.id === next.id && node.nodeName === next.nodeName) {
        return node;
      }
    }
    return null;
  }
  const fits = place !== null && place.nodeName === next.nodeName && !(place instanceof Element && place.id !== "");
  return fits ? place : null;
}
