// Finds Chinese in what a page says of itself in English, and names of sentences that have no words. Data are marked as Chinese.
() => {
  const bad = [];
  const han = /[\u3400-\u9fff]/;
  const name = /\b(?:label|rule|error|problem|unreadable|sum|topic|mail|state|action)\.[a-z_0-9]+\b/i;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const words = walker.currentNode.data.trim();
    if (words === "" || parent.closest("script, style, svg, .mono, code")) continue;
    const english = parent.closest("[lang]").lang.startsWith("en");
    if ((english && han.test(words)) || name.test(words)) bad.push(`${parent.tagName}.${parent.className}: ${words.slice(0, 50)} in ${parent.parentElement.outerHTML.slice(0, 200)}`);
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    for (const attribute of ["aria-label", "title", "placeholder", "alt"]) {
      const words = one.getAttribute(attribute) ?? "";
      if (words !== "" && ((one.closest("[lang]").lang.startsWith("en") && han.test(words) && !/[A-Za-z]/.test(words)) || name.test(words))) bad.push(`${one.tagName}.${one.className} ${attribute}: ${words.slice(0, 50)}`);
    }
  }
  return [...new Set(bad)];
}
