// While an input method composes, Enter and Escape belong to it: they choose or drop a candidate and must not
// submit a form or reach any script of the page. Key code 229 is what older engines report instead of isComposing.
const COMPOSING_KEY = 229;

function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === COMPOSING_KEY;
}

for (const name of ["keydown", "keypress", "keyup"] as const) {
  window.addEventListener(name, (event) => composing(event) && event.stopImmediatePropagation(), { capture: true });
}
